#include "firmware/core/journal/salvage/beginning.hpp"

#include <algorithm>

#include "firmware/core/journal/rows.hpp"

namespace xueshi::journal {

Expected<std::optional<record::Boot>> beginning_of_chain(const std::filesystem::path &journal) {
    auto database = sqlite::Database::open(journal, sqlite::Mode::read_only);
    if (!database) {
        return tl::unexpected<Error>(database.error());
    }
    const auto head = read_head(*database);
    const auto former = read_former_chains(*database);
    if (!head || !former) {
        return tl::unexpected<Error>(!head ? head.error() : former.error());
    }
    if (head->seq > 0 || former->empty()) {
        return std::optional<record::Boot>();
    }
    record::Boot boot;
    boot.reason = former->back().why == record::kRolledBack ? record::kRolledBack : record::kAdoptedSalvage;
    boot.previous_chain = former->back().description.chain;
    boot.previous_seq = former->back().head.seq;
    boot.previous_head = hex(former->back().head.hash);
    std::int64_t place = 0;
    for (const FormerChain &chain : *former) {
        auto lost = lost_of_former(*database, ++place, chain.head.seq);
        if (!lost) {
            return tl::unexpected<Error>(lost.error());
        }
        if (!lost->empty()) {
            boot.lost.push_back({chain.description.chain, std::move(*lost)});
        }
    }
    return boot;
}

std::vector<record::LostEvents> take_lost(std::vector<record::LostEvents> &lost) {
    std::vector<record::LostEvents> taken;
    std::size_t room = record::kMaxLostRanges;
    while (room > 0 && !lost.empty()) {
        auto &ranges = lost.front().ranges;
        const auto count = static_cast<std::ptrdiff_t>(std::min(room, ranges.size()));
        taken.push_back({lost.front().chain, {ranges.begin(), ranges.begin() + count}});
        ranges.erase(ranges.begin(), ranges.begin() + count);
        room -= static_cast<std::size_t>(count);
        if (ranges.empty()) {
            lost.erase(lost.begin());
        }
    }
    return taken;
}

} // namespace xueshi::journal
