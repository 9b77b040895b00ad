#include <doctest/doctest.h>

#include "firmware/camera/instant_log.hpp"
#include "tests/support/fake_clock.hpp"

using namespace xueshi;

TEST_CASE(
    "instant log: what took time on its way is dated back to the device, a wrong timestamp by two seconds at most") {
    const test::FakeClock clock;
    const auto now = clock.now();
    camera::InstantLog log;
    const auto late = log.capture(clock, 1'000'000'000, 1'300'000'000);
    CHECK(late.wall_ms == now.wall_ms - 300);
    CHECK(late.boot_ms == now.boot_ms - 300);
    CHECK(log.capture(clock, 0, 60'000'000'000).wall_ms == now.wall_ms - 2'000);
    CHECK(log.capture(clock, 9'000'000'000, 8'000'000'000).wall_ms == now.wall_ms); // from the future
    CHECK(log.find(1'000'000'500).wall_ms == late.wall_ms);
}

TEST_CASE("instant log: a buffer without a time is of the present, and nothing is found by it") {
    const test::FakeClock clock;
    camera::InstantLog log;
    CHECK(log.capture(clock, -1, 5'000'000'000).wall_ms == clock.now().wall_ms);
    CHECK(log.find(0).wall_ms == Instant{}.wall_ms);
}
