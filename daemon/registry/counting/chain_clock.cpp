#include "daemon/registry/counting/chain_clock.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace xueshi::registry::counting {

namespace {

constexpr std::int64_t kDriftParts = 10'000; // 100 ppm: twice what a cheap quartz does between -20 and 70 degrees
constexpr std::int64_t kPage = 1'000;

bool is_good(const Instant &at) {
    return at.quality == ClockQuality::synchronised;
}

} // namespace

std::string_view to_string(TimeBasis basis) {
    switch (basis) {
    case TimeBasis::clock:
        return "clock";
    case TimeBasis::inferred:
        return "inferred";
    case TimeBasis::bounds:
        break;
    }
    return "bounds";
}

void ChainClock::add(record::Sequence seq, const Instant &at, std::int64_t received_ms) {
    entries_[seq] = Entry{at, received_ms};
}

TimeBracket ChainClock::bracket(record::Sequence seq) const {
    const auto self = entries_.find(seq);
    if (self == entries_.end()) {
        return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    }
    const Instant &at = self->second.at;
    if (is_good(at)) {
        return {at.wall_ms, at.wall_ms, TimeBasis::clock};
    }
    TimeBracket outer{std::numeric_limits<std::int64_t>::min(), self->second.received_ms};
    std::optional<TimeBracket> by_boot;
    const auto consider = [&](const Instant &good) {
        if (good.boot_id != at.boot_id) {
            return;
        }
        const std::int64_t since = at.boot_ms - good.boot_ms, drift = std::abs(since) / kDriftParts + 1;
        const TimeBracket found{good.wall_ms + since - drift, good.wall_ms + since + drift, TimeBasis::inferred};
        const bool tighter =
            !by_boot || found.latest_ms - found.earliest_ms < by_boot->latest_ms - by_boot->earliest_ms;
        by_boot = tighter ? found : *by_boot;
    };
    for (auto before = std::make_reverse_iterator(self); before != entries_.rend(); ++before) {
        if (is_good(before->second.at)) {
            outer.earliest_ms = before->second.at.wall_ms;
            consider(before->second.at);
            break;
        }
    }
    for (auto after = std::next(self); after != entries_.end(); ++after) {
        if (is_good(after->second.at)) {
            outer.latest_ms = std::min(outer.latest_ms, after->second.at.wall_ms);
            consider(after->second.at);
            break;
        }
    }
    return by_boot ? *by_boot : outer;
}

ChainClock read_chain_clock(store::Session &session, const InstitutionId &institution, const DeviceId &device,
                            const ChainId &chain) {
    ChainClock clock;
    record::Sequence after = 0;
    for (;;) {
        const auto page = store::chain_after(session, institution, device, chain, after, kPage);
        for (const store::Event &event : page) {
            if (const auto body = record::read_body(event.event.body)) {
                clock.add(event.event.seq, body->at, event.received_ms);
            }
            after = event.event.seq;
        }
        if (page.size() < static_cast<std::size_t>(kPage)) {
            return clock;
        }
    }
}

} // namespace xueshi::registry::counting
