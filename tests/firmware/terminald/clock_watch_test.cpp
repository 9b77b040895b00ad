#include <doctest/doctest.h>

#include "firmware/terminald/clock_watch.hpp"
#include "tests/support/fake_clock.hpp"

using namespace xueshi;

TEST_CASE("F09: a wall clock that somebody set is noticed, in both directions; time that passes is not") {
    test::FakeClock clock;
    terminald::ClockWatch watch;
    CHECK_FALSE(watch.look(clock.now()));
    clock.advance(3'600'000);
    CHECK_FALSE(watch.look(clock.now()));
    clock.set_wall(clock.now().wall_ms - 86'400'000);
    CHECK(watch.look(clock.now()) == -86'400'000);
    CHECK_FALSE(watch.look(clock.now()));
    clock.set_wall(clock.now().wall_ms + 5'000);
    CHECK(watch.look(clock.now()) == 5'000);
    clock.set_wall(clock.now().wall_ms + 200);
    CHECK_FALSE(watch.look(clock.now()));
}
