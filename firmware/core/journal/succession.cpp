#include "firmware/core/journal/succession.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace xueshi::journal {

void Succession::feed(const record::EventBody &body) {
    if (!beginning_) {
        return;
    }
    const bool boot = body.seq == 1 && body.kind == to_string(record::EventKind::boot);
    const bool more = body.kind == to_string(record::EventKind::tamper) && body.data.contains("lost");
    beginning_ = boot || more;
    if (boot) {
        if (auto read = record::boot_from_json(body.data)) {
            boots_.emplace(chain_, std::move(*read));
        }
    }
    const auto lost = beginning_ ? record::lost_from_json(body.data) : Expected<std::vector<record::LostEvents>>({});
    for (const record::LostEvents &chain : lost.value_or(std::vector<record::LostEvents>())) {
        auto &declared = declared_[chain.chain];
        declared.insert(declared.end(), chain.ranges.begin(), chain.ranges.end());
    }
}

std::optional<Finding> Succession::check_link(const FormerChain &former, const ChainId &later) const {
    const auto boot = boots_.find(later);
    if (boot == boots_.end()) {
        return std::nullopt; // it has no event yet, or its first is lost: then a still later chain has declared that
    }
    const Description &description = former.description;
    const bool named = boot->second.previous_chain == description.chain &&
                       boot->second.previous_seq == former.head.seq &&
                       boot->second.previous_head == hex(former.head.hash);
    if (named) {
        return std::nullopt;
    }
    return Finding{former.head.seq,
                   {ErrorCode::corrupt, fmt::format("chain {} ends at event {}, but chain {} says otherwise",
                                                    description.chain.str(), former.head.seq, later.str())},
                   description.chain};
}

std::optional<ChainId> Succession::missing(const std::vector<FormerChain> &former) const {
    for (const auto &[chain, boot] : boots_) {
        const bool took_over = boot.reason == record::kAdoptedSalvage || boot.reason == record::kRolledBack;
        const auto known = std::ranges::find(former, boot.previous_chain,
                                             [](const FormerChain &one) { return one.description.chain; });
        if (took_over && known == former.end()) {
            return boot.previous_chain;
        }
    }
    return std::nullopt;
}

std::optional<record::Sequence>
Succession::first_undeclared(const ChainId &chain,
                             const std::vector<std::pair<record::Sequence, record::Sequence>> &lost) const {
    const auto known = declared_.find(chain);
    for (auto [first, last] : lost) {
        while (first <= last) { // a range may have been declared in pieces, as damage grew
            record::Sequence covered = first - 1;
            for (const auto &[from, to] : known == declared_.end() ? decltype(known->second)() : known->second) {
                covered = from <= first && first <= to ? std::max(covered, to) : covered;
            }
            if (covered < first) {
                return first;
            }
            first = covered + 1;
        }
    }
    return std::nullopt;
}

} // namespace xueshi::journal
