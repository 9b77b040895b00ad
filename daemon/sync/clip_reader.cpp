#include "daemon/sync/clip_reader.hpp"

#include <algorithm>
#include <iterator>

namespace xueshi::sync {

namespace {
constexpr std::size_t kEventsAtOnce = 256, kEventBytes = 1 << 20;
} // namespace

Expected<bool> ClipReader::read() {
    const auto chains = source_.chains();
    if (!chains) {
        return tl::unexpected<Error>(chains.error());
    }
    for (auto chain = chains->begin(); chain != chains->end(); ++chain) {
        std::vector<ChainId> later;
        std::transform(chain + 1, chains->end(), std::back_inserter(later),
                       [](const JournalChain &next) { return next.about.chain; });
        const auto read = read_chain(*chain, later);
        const bool damaged = !read && chain->former && read.error().code == ErrorCode::corrupt;
        if (!damaged && (!read || *read)) { // a damaged former chain does not hold up the others
            return read;
        }
    }
    return false;
}

Expected<bool> ClipReader::read_chain(const JournalChain &chain, const std::vector<ChainId> &later) {
    const ChainId &id = chain.about.chain;
    const auto acked = state_.acked(id);
    const auto cursor = ledger_.cursor(id);
    if (!acked || !cursor) {
        return tl::unexpected<Error>(acked ? cursor.error() : acked.error());
    }
    if (*cursor >= std::min(*acked, chain.head.seq)) {
        return false;
    }
    auto events = source_.read(id, *cursor, kEventsAtOnce, kEventBytes);
    if (!events) {
        return tl::unexpected<Error>(events.error());
    }
    std::erase_if(*events, [&](const record::StoredEvent &event) { return event.seq > *acked; });
    if (events->empty()) {
        return false;
    }
    const auto taken = ledger_.take(id, *events, later);
    return taken ? Expected<bool>(true) : tl::unexpected<Error>(taken.error());
}

} // namespace xueshi::sync
