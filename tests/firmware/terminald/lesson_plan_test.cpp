#include "firmware/terminald/lesson_plan.hpp"

#include <doctest/doctest.h>

#include "tests/support/classroom.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

constexpr std::int64_t kStart = test::FakeClock::kStartMs, kMinute = 60'000;

/// One class with a lesson of two hours, 45 minutes each with five between.
roster::Roster morning() {
    auto roster = *test::make_classroom();
    auto &lessons = roster.classes[0].lessons;
    lessons.resize(1);
    lessons[0].hours.push_back({kStart + 50 * kMinute, kStart + 95 * kMinute});
    return roster;
}

} // namespace

TEST_CASE("lesson plan: the whole lesson is filmed with its pauses, a film a class hour") {
    const auto roster = morning();
    const auto plan = plan_films(roster.classes, roster.room, {}, kStart);
    REQUIRE(plan.size() == 2);
    CHECK(plan[0] == recorder::Span{kStart, kStart + 50 * kMinute, roster.room, {{ClassId("c-1"), LessonId("l-1")}}});
    CHECK(plan[1].start_ms == kStart + 50 * kMinute);
    CHECK(plan[1].end_ms == kStart + 95 * kMinute);
    CHECK(owed_ms(roster.classes[0].lessons[0]) == 20 * kMinute);
}

TEST_CASE("lesson plan: windows are at the start, the middle and the end of each class hour, ten minutes at least") {
    const auto roster = morning();
    FilmPolicy policy;
    policy.windows = true;
    const auto plan = plan_films(roster.classes, roster.room, policy, kStart);
    REQUIRE(plan.size() == 6);
    for (const auto &hour : roster.classes[0].lessons[0].hours) {
        std::int64_t filmed = 0;
        for (const auto &span : plan) {
            filmed += span.start_ms >= hour.start_ms && span.end_ms <= hour.end_ms ? span.end_ms - span.start_ms : 0;
        }
        CHECK(filmed == 12 * kMinute + 6'000); // two seconds each until a key frame comes
    }
    CHECK(plan[0].start_ms == kStart);
    CHECK(plan[2].end_ms == kStart + 45 * kMinute);
}

TEST_CASE("lesson plan: an hour no longer than its windows is filmed whole") {
    auto roster = morning();
    roster.classes[0].lessons[0].hours = {{kStart, kStart + 5 * kMinute}};
    FilmPolicy policy;
    policy.windows = true;
    const auto plan = plan_films(roster.classes, roster.room, policy, kStart);
    REQUIRE(plan.size() == 1);
    CHECK(plan[0].end_ms - plan[0].start_ms == 5 * kMinute);
    CHECK(owed_ms(roster.classes[0].lessons[0]) == 5 * kMinute);
}

TEST_CASE("lesson plan: where two lessons share the room each film names both, and other rooms are left out") {
    auto roster = morning();
    auto other = roster.classes[0];
    other.id = ClassId("c-2");
    other.lessons[0].hours = {{kStart + 10 * kMinute, kStart + 60 * kMinute}};
    roster.classes.push_back(other);
    auto elsewhere = other;
    elsewhere.id = ClassId("c-3");
    elsewhere.lessons[0].room = RoomId("r-2");
    roster.classes.push_back(elsewhere);
    const auto plan = plan_films(roster.classes, roster.room, {}, kStart);
    REQUIRE(plan.size() == 4);
    CHECK(plan[0].lessons.size() == 1);
    CHECK(plan[1].start_ms == kStart + 10 * kMinute);
    CHECK(plan[1].lessons.size() == 2);
    CHECK(plan[2].lessons.size() == 2);
    CHECK(plan[3].lessons.size() == 1);
    for (std::size_t i = 1; i < plan.size(); ++i) {
        CHECK(plan[i].start_ms == plan[i - 1].end_ms);
    }
}

TEST_CASE("F11: while the clock is unset everything is filmed, of no lesson") {
    const auto plan = film_everything(RoomId("r-1"));
    REQUIRE(plan.size() == 1);
    CHECK(plan[0].start_ms < 0);
    CHECK(plan[0].lessons.empty());
    CHECK(plan[0].room == RoomId("r-1"));
}

TEST_CASE("lesson plan: lessons of another week are not in it") {
    const auto roster = morning();
    CHECK(plan_films(roster.classes, roster.room, {}, kStart - 7 * 24 * 60 * kMinute).empty());
    CHECK(plan_films(roster.classes, roster.room, {}, kStart + 7 * 24 * 60 * kMinute).empty());
}
