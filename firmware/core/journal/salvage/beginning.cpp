#include "firmware/core/journal/salvage/beginning.hpp"

#include <algorithm>

#include "firmware/core/journal/rows.hpp"
#include "firmware/core/journal/succession.hpp"

namespace xueshi::journal {

namespace {

using Lost = std::vector<record::LostEvents>;

/// What the present chain has said so far of those before it: up to where its beginning ends, or is damaged.
Expected<Succession> said_so_far(const std::filesystem::path &journal) {
    auto reader = JournalReader::open(journal);
    if (!reader) {
        return tl::unexpected<Error>(reader.error());
    }
    Succession succession;
    succession.begin_chain({});
    const auto seen =
        reader->visit(0, [&](const record::StoredEvent &, const record::EventBody &body) -> Expected<void> {
            return succession.feed(body) ? Expected<void>() : fail(ErrorCode::not_found, "the beginning has ended");
        });
    const bool is_end = seen || seen.error().code == ErrorCode::not_found || seen.error().code == ErrorCode::corrupt;
    return is_end ? Expected<Succession>(std::move(succession)) : tl::unexpected<Error>(seen.error());
}

Expected<Lost> undeclared(sqlite::Database &database, const Succession &said, const std::vector<FormerChain> &former) {
    Lost all;
    std::int64_t place = 0;
    for (const FormerChain &chain : former) {
        const auto lost = lost_of_former(database, ++place, chain.head.seq);
        if (!lost) {
            return tl::unexpected<Error>(lost.error());
        }
        if (auto left = said.undeclared(chain.description.chain, *lost); !left.empty()) {
            all.push_back({chain.description.chain, std::move(left)});
        }
    }
    return all;
}

} // namespace

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
    if (former->empty()) {
        return std::optional<record::Boot>();
    }
    const auto said = said_so_far(journal);
    auto lost = said ? undeclared(*database, *said, *former) : tl::unexpected<Error>(said.error());
    if (!lost) {
        return tl::unexpected<Error>(lost.error());
    }
    record::Boot boot;
    boot.lost = std::move(*lost);
    if (head->seq > 0) {
        boot.reason = record::kStarted;
        boot.previous_head = hex(head->hash);
        return boot.lost.empty() ? std::nullopt : std::optional(std::move(boot));
    }
    boot.reason = former->back().why == record::kRolledBack ? record::kRolledBack : record::kAdoptedSalvage;
    boot.previous_chain = former->back().description.chain;
    boot.previous_seq = former->back().head.seq;
    boot.previous_head = hex(former->back().head.hash);
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
