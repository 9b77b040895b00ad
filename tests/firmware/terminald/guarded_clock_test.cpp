#include "firmware/terminald/guarded_clock.hpp"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.hpp"

using namespace xueshi;
using terminald::ClockStep;
using terminald::GuardedClock;

namespace {

constexpr std::int64_t kLimitMs = 60'000, kHour = 3'600'000, kDay = 24 * kHour, kYear = 365 * kDay;
constexpr std::int64_t kStart = test::FakeClock::kStartMs;

/// A guarded clock and the machine's clock under it.
struct Guarded {
    explicit Guarded(const terminald::KnownTime &known = {}, std::unique_ptr<test::FakeClock> clock = nullptr) {
        auto made = clock ? std::move(clock) : std::make_unique<test::FakeClock>();
        machine = made.get();
        guarded = std::make_unique<GuardedClock>(std::move(made), kLimitMs, known);
    }
    Instant now() const { return guarded->now(); }

    test::FakeClock *machine;
    std::unique_ptr<GuardedClock> guarded;
};

} // namespace

TEST_CASE("clock guard: time that passes, in work and in suspend, is no step") {
    Guarded clock;
    CHECK_FALSE(clock.guarded->look());
    for (const std::int64_t ms : {1'000LL, 86'400'000LL, 30 * 86'400'000LL}) { // BOOTTIME goes on in suspend
        clock.machine->advance(ms);
        CHECK_FALSE(clock.guarded->look());
        CHECK(clock.now().wall_ms == clock.machine->now().wall_ms);
        CHECK(clock.now().quality == ClockQuality::synchronised);
    }
    clock.machine->set_wall(clock.machine->now().wall_ms + 200); // slewed
    CHECK_FALSE(clock.guarded->look());
}

TEST_CASE("F09: a wall clock set back an hour, a day, a year is told and not followed; no duration is negative") {
    for (const std::int64_t back : {kHour, kDay, kYear}) {
        Guarded clock;
        CHECK_FALSE(clock.guarded->look());
        clock.machine->advance(kHour);
        const Instant before = clock.now();
        clock.machine->set_wall(before.wall_ms - back);
        CHECK(clock.guarded->look() == ClockStep{-back, false, false});
        CHECK_FALSE(clock.guarded->look()); // told once
        clock.machine->advance(5'000);
        const Instant after = clock.now();
        CHECK(after.wall_ms - before.wall_ms == 5'000);
        CHECK(after.boot_ms - before.boot_ms == 5'000);
        CHECK(after.quality == ClockQuality::holdover);
        clock.machine->set_wall(after.wall_ms); // set right again: followed again
        CHECK(clock.guarded->look() == ClockStep{back, true, false});
        CHECK(clock.now().quality == ClockQuality::synchronised);
    }
}

TEST_CASE("F10: a forward step over the limit is not adopted; time goes on from boot time as holdover") {
    Guarded clock;
    (void)clock.guarded->look();
    for (const std::int64_t forward : {kLimitMs + 1'000, kDay, 10 * kYear}) {
        const std::int64_t wall_ms = clock.now().wall_ms;
        clock.machine->set_wall(wall_ms + forward);
        CHECK(clock.guarded->look()->adopted == false);
        CHECK(clock.now().wall_ms == wall_ms);
        CHECK(clock.now().quality == ClockQuality::holdover);
    }
}

TEST_CASE("F10: many small steps do not add up to one over the limit") {
    Guarded clock;
    (void)clock.guarded->look();
    int adopted = 0;
    for (int i = 0; i < 100; ++i) {
        clock.machine->advance(1'000);
        clock.machine->set_wall(clock.machine->now().wall_ms + 20'000);
        adopted += clock.guarded->look()->adopted ? 1 : 0;
    }
    CHECK(adopted == 3);
    CHECK(clock.now().wall_ms == kStart + 100'000);
}

TEST_CASE("F10: a step over the limit is adopted when the registry's signed word agrees with it") {
    Guarded clock;
    (void)clock.guarded->look();
    clock.machine->advance(10'000);
    const Instant event = clock.now();
    clock.machine->set_wall(event.wall_ms + kDay); // the clock chip had been a day late
    (void)clock.guarded->look();
    CHECK(clock.now().quality == ClockQuality::holdover);
    clock.machine->advance(2'000);
    const auto step = clock.guarded->confirm(event.wall_ms + kDay + 1'000, event.boot_ms);
    CHECK(step == ClockStep{kDay, true, true});
    CHECK(clock.now().wall_ms == event.wall_ms + kDay + 2'000);
    CHECK(clock.now().quality == ClockQuality::synchronised);
    CHECK_FALSE(clock.guarded->look());
}

TEST_CASE("F10: a receipt that agrees with boot time keeps a forged time out") {
    Guarded clock;
    (void)clock.guarded->look();
    const Instant event = clock.now();
    clock.machine->set_wall(event.wall_ms + kDay);
    (void)clock.guarded->look();
    CHECK_FALSE(clock.guarded->confirm(event.wall_ms + 500, event.boot_ms));
    CHECK(clock.now().wall_ms == event.wall_ms);
    CHECK(clock.now().quality == ClockQuality::holdover);
    // An event of another boot, or one that waited for days, says nothing about now.
    CHECK_FALSE(clock.guarded->confirm(event.wall_ms + 9 * kDay, event.boot_ms + kDay));
    clock.machine->advance(2 * kDay);
    CHECK_FALSE(clock.guarded->confirm(event.wall_ms + 9 * kDay, event.boot_ms));
}

TEST_CASE("F10: when neither clock agrees with the registry's fresh word, time goes on from that") {
    Guarded clock; // a forged NTP answer had set it, a year ahead
    (void)clock.guarded->look();
    const Instant event = clock.now();
    clock.machine->advance(3'000);
    const auto step = clock.guarded->confirm(event.wall_ms - kYear, event.boot_ms);
    CHECK(step == ClockStep{-kYear - 3'000, true, true});
    CHECK(clock.now().wall_ms == event.wall_ms - kYear);
    CHECK(clock.now().quality == ClockQuality::holdover);
}

TEST_CASE("F11: 1970 at boot stays unset; the first time that is set is adopted and told") {
    auto machine = std::make_unique<test::FakeClock>(5'000);
    machine->set_quality(ClockQuality::unset);
    Guarded clock({kStart - kDay, {}}, std::move(machine));
    CHECK_FALSE(clock.guarded->look());
    CHECK(clock.now().quality == ClockQuality::unset);
    CHECK(clock.now().boot_ms == 60'000);
    clock.machine->advance(30'000);
    clock.machine->set_wall(kStart);
    clock.machine->set_quality(ClockQuality::synchronised);
    CHECK(clock.guarded->look() == ClockStep{kStart - 35'000, true, false});
    CHECK(clock.now().wall_ms == kStart);
    CHECK(clock.now().quality == ClockQuality::synchronised);
}

TEST_CASE("F11: 1970 in the middle of a boot is a step back like any other") {
    Guarded clock;
    (void)clock.guarded->look();
    clock.machine->set_wall(0);
    clock.machine->set_quality(ClockQuality::unset);
    CHECK(clock.guarded->look() == ClockStep{-kStart, false, false});
    CHECK(clock.now().wall_ms == kStart);
    CHECK(clock.now().quality == ClockQuality::holdover);
}

TEST_CASE("F09: a clock that was set back while the machine was off counts as unset, and is told") {
    for (const auto quality : {ClockQuality::holdover, ClockQuality::synchronised}) {
        auto machine = std::make_unique<test::FakeClock>(kStart - kDay);
        machine->set_quality(quality);
        Guarded clock({kStart, {}}, std::move(machine));
        CHECK(clock.guarded->look() == ClockStep{-kDay, false, false});
        CHECK(clock.now().quality == ClockQuality::unset);
        CHECK_FALSE(clock.guarded->look());
        // A forged time in an old event must not lock the clock for ever: the registry's word counts more.
        (void)clock.guarded->confirm(kStart - kDay + 100, clock.now().boot_ms);
        CHECK(clock.now().wall_ms == kStart - kDay);
        CHECK(clock.now().quality == quality);
    }
}

TEST_CASE("F10: to restart the program after the clock was set does not adopt it; a reboot ends the boot's time") {
    Instant before = test::FakeClock().now();
    auto machine = std::make_unique<test::FakeClock>();
    machine->advance(10'000);
    machine->set_wall(kStart + kDay);
    Guarded clock({kStart, before}, std::move(machine));
    CHECK(clock.guarded->look() == ClockStep{kDay - 10'000, false, false});
    CHECK(clock.now().wall_ms == kStart + 10'000);
    CHECK(clock.now().quality == ClockQuality::holdover);

    auto rebooted = std::make_unique<test::FakeClock>(kStart + kDay);
    rebooted->reboot("22222222-2222-4333-8444-555555555555");
    Guarded next({kStart, before}, std::move(rebooted));
    CHECK_FALSE(next.guarded->look());
    CHECK(next.now().wall_ms == kStart + kDay);
}

TEST_CASE("clock guard: a leap second is told and followed") {
    Guarded clock;
    (void)clock.guarded->look();
    clock.machine->advance(500);
    clock.machine->set_wall(clock.machine->now().wall_ms - 1'000); // the kernel repeats the last second of the day
    CHECK(clock.guarded->look() == ClockStep{-1'000, true, false});
    CHECK(clock.now().quality == ClockQuality::synchronised);
    CHECK(clock.now().boot_ms == 60'500);
}
