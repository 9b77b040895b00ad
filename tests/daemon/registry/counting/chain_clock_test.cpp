#include <doctest/doctest.h>

#include <limits>

#include "daemon/registry/counting/chain_clock.hpp"

using namespace xueshi;
using registry::counting::ChainClock;

namespace {

constexpr std::int64_t kReceivedMs = 9'000'000;

Instant at(std::int64_t wall_ms, const std::string &boot, std::int64_t boot_ms, ClockQuality quality) {
    return {wall_ms, boot, boot_ms, quality};
}

} // namespace

TEST_CASE("chain clock: a synchronised event has its own time") {
    ChainClock clock;
    clock.add(1, at(5'000, "a", 10, ClockQuality::synchronised), kReceivedMs);
    CHECK(clock.bracket(1).earliest_ms == 5'000);
    CHECK(clock.bracket(1).latest_ms == 5'000);
}

TEST_CASE("F11: an event before the clock was set is placed by its boot time, within the drift") {
    ChainClock clock;
    clock.add(1, at(0, "a", 100'000, ClockQuality::unset), kReceivedMs);
    clock.add(2, at(5'000'000, "a", 1'100'000, ClockQuality::synchronised), kReceivedMs);
    const auto bracket = clock.bracket(1);
    CHECK(bracket.earliest_ms == 5'000'000 - 1'000'000 - 101);
    CHECK(bracket.latest_ms == 5'000'000 - 1'000'000 + 101);
}

TEST_CASE("F11: a boot that never had time lies between the good times before and after it") {
    ChainClock clock;
    clock.add(1, at(1'000, "a", 10, ClockQuality::synchronised), kReceivedMs);
    clock.add(2, at(0, "b", 10, ClockQuality::unset), kReceivedMs);
    clock.add(3, at(8'000, "c", 10, ClockQuality::synchronised), kReceivedMs);
    CHECK(clock.bracket(2).earliest_ms == 1'000);
    CHECK(clock.bracket(2).latest_ms == 8'000);
}

TEST_CASE("chain clock: nothing is later than its receipt, and what is unknown is unbounded") {
    ChainClock clock;
    clock.add(1, at(99'000'000, "a", 10, ClockQuality::holdover), kReceivedMs);
    CHECK(clock.bracket(1).earliest_ms == std::numeric_limits<std::int64_t>::min());
    CHECK(clock.bracket(1).latest_ms == kReceivedMs);
    CHECK(clock.bracket(7).latest_ms == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("F11: a bracket says whether it is the clock's own, inferred from boot time, or bounds") {
    using registry::counting::TimeBasis;
    ChainClock clock;
    clock.add(1, at(1'000, "a", 10, ClockQuality::synchronised), kReceivedMs);
    clock.add(2, at(1'500, "a", 20, ClockQuality::holdover), kReceivedMs);
    clock.add(3, at(0, "b", 10, ClockQuality::unset), kReceivedMs);
    CHECK(clock.bracket(1).basis == TimeBasis::clock);
    CHECK(clock.bracket(2).basis == TimeBasis::inferred);
    CHECK(clock.bracket(3).basis == TimeBasis::bounds);
    CHECK(registry::counting::to_string(TimeBasis::inferred) == "inferred");
}

TEST_CASE("F09: a wall clock that was set back changes neither order nor durations: boot time places the event") {
    ChainClock clock;
    constexpr std::int64_t kYear = 365LL * 86'400'000;
    clock.add(1, at(2 * kYear, "a", 10'000, ClockQuality::synchronised), 3 * kYear);
    for (const std::int64_t back : {3'600'000LL, 86'400'000LL, 365LL * 86'400'000}) {
        ChainClock set_back = clock;
        set_back.add(2, at(2 * kYear + 5'000 - back, "a", 15'000, ClockQuality::holdover), 3 * kYear);
        set_back.add(3, at(2 * kYear + 9'000 - back, "a", 19'000, ClockQuality::holdover), 3 * kYear);
        CHECK(set_back.bracket(2).earliest_ms == 2 * kYear + 5'000 - 1);
        CHECK(set_back.bracket(3).earliest_ms > set_back.bracket(2).latest_ms);
    }
}
