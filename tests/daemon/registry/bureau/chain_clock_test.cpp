#include <doctest/doctest.h>

#include <limits>

#include "daemon/registry/bureau/chain_clock.hpp"

using namespace xueshi;
using registry::bureau::ChainClock;

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
