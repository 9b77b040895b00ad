#include "firmware/core/journal/succession.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace xueshi::journal {

bool Succession::feed(const record::EventBody &body) {
    if (!beginning_) {
        return false;
    }
    const bool start = body.kind == to_string(record::EventKind::boot);
    const bool first = start && body.seq == 1;
    const bool more = body.kind == to_string(record::EventKind::tamper) && body.data.contains("lost");
    beginning_ = start || more;
    if (first) {
        if (auto read = record::boot_from_json(body.data)) {
            boots_.emplace(chain_, std::move(*read));
        }
    }
    const auto lost = first || more ? record::lost_from_json(body.data) : Expected<std::vector<record::LostEvents>>({});
    for (const record::LostEvents &chain : lost.value_or(std::vector<record::LostEvents>())) {
        auto &declared = declared_[chain.chain];
        declared.insert(declared.end(), chain.ranges.begin(), chain.ranges.end());
    }
    return beginning_;
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

Succession::Ranges Succession::undeclared(const ChainId &chain, const Ranges &lost) const {
    const auto known = declared_.find(chain);
    Ranges declared = known == declared_.end() ? Ranges() : known->second;
    std::ranges::sort(declared); // a range may have been declared in pieces, as damage grew
    Ranges left;
    for (auto [first, last] : lost) {
        for (const auto &[from, to] : declared) {
            if (to < first || from > last) {
                continue;
            }
            if (from > first) {
                left.emplace_back(first, from - 1);
            }
            first = to + 1;
        }
        if (first <= last) {
            left.emplace_back(first, last);
        }
    }
    return left;
}

} // namespace xueshi::journal
