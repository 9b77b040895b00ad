#include <doctest/doctest.h>

#include <algorithm>

#include "firmware/core/schedule/schedule.hpp"

using namespace xueshi;
using namespace xueshi::schedule;
using record::Direction;
using training::TrainingClass;

namespace {

constexpr std::int64_t at(std::int64_t hour, std::int64_t minute, std::int64_t second = 0) {
    return ((hour * 60 + minute) * 60 + second) * 1000;
}

const RoomId kRoom("r1");
const PersonId kAn("an"), kBao("bao"), kCui("cui");

/// A: 8:00-8:45, 8:50-9:35 and B: 9:45-10:30 in room r1; C: 8:00-8:45 in r2.
TrainingClass morning() {
    TrainingClass c{ClassId("c1"), InstitutionId("i1"), "Welding", "", "", {}, {}, {}};
    c.lessons.push_back({LessonId("A"), "", "", kRoom, {{at(8, 0), at(8, 45)}, {at(8, 50), at(9, 35)}}});
    c.lessons.push_back({LessonId("C"), "", "", RoomId("r2"), {{at(8, 0), at(8, 45)}}});
    c.lessons.push_back({LessonId("B"), "", "", kRoom, {{at(9, 45), at(10, 30)}}});
    c.trainees = {{kAn, "1", "An"}, {kBao, "2", "Bao"}};
    return c;
}

std::vector<Direction> fold(std::vector<std::int64_t> times) {
    std::vector<EarlierPunch> punches;
    for (const auto time : times) {
        punches.push_back({.wall_ms = time});
    }
    const auto c = morning();
    return directions(c.lessons[0], c.policy, punches);
}

Decision decided(std::vector<std::int64_t> earlier, std::int64_t now, std::vector<TrainingClass> classes = {morning()},
                 const PersonId &person = kAn) {
    std::vector<EarlierPunch> punches;
    for (const auto time : earlier) {
        punches.push_back({.wall_ms = time});
    }
    return decide(classes, kRoom, person, punches, now);
}

constexpr auto in = Direction::check_in, out = Direction::check_out, moment = Direction::moment;
using Directions = std::vector<Direction>;

} // namespace

TEST_CASE("schedule: a lesson is open from its window's first to its window's last millisecond") {
    const std::vector classes{morning()};
    CHECK(open_lessons(classes, kRoom, at(7, 45) - 1).empty());
    CHECK(open_lessons(classes, kRoom, at(7, 45)).size() == 1);
    CHECK(open_lessons(classes, kRoom, at(9, 50)).size() == 2);
    CHECK(open_lessons(classes, kRoom, at(9, 50) + 1).size() == 1);
    CHECK(open_lessons(classes, RoomId("r3"), at(8, 0)).empty());
    CHECK(open_lessons(classes, kRoom, kCui, at(8, 0)).empty());
    CHECK(open_lessons(classes, kRoom, kBao, at(8, 0)).at(0).lesson->id == LessonId("A"));
}

TEST_CASE("schedule: the search scope is the union of open rosters, everybody when none is open") {
    auto second = morning();
    second.id = ClassId("c2");
    second.lessons = {{LessonId("D"), "", "", kRoom, {{at(9, 45), at(10, 30)}}}};
    second.trainees = {{kBao, "1", "Bao"}, {kCui, "2", "Cui"}};
    const std::vector classes{morning(), second};
    CHECK(search_scope(classes, kRoom, at(8, 0)) == std::vector{kAn, kBao});
    CHECK(search_scope(classes, kRoom, at(9, 40)) == std::vector{kAn, kBao, kCui});
    CHECK(search_scope(classes, kRoom, at(3, 0)) == everybody(classes));
    CHECK(everybody(classes).size() == 3);
}

TEST_CASE("schedule: punches of a lesson alternate check-in and check-out") {
    CHECK(fold({at(7, 55), at(8, 20), at(8, 26), at(9, 36)}) == Directions{in, out, in, out});
}

TEST_CASE("schedule: a punch within the cooldown of the last is only evidence of the moment") {
    CHECK(fold({at(8, 0), at(8, 2, 59), at(8, 6)}) == Directions{in, moment, out});
    CHECK(fold({at(8, 0), at(8, 3)}) == Directions{in, out});
    CHECK(fold({at(8, 0), at(8, 2), at(8, 4)}) == Directions{in, moment, moment});
}

TEST_CASE("schedule: a punch before the start when already checked in is only evidence of the moment") {
    CHECK(fold({at(7, 46), at(7, 56), at(8, 0)}) == Directions{in, moment, out});
}

TEST_CASE("schedule: a punch after the last hour's end is always a check-out") {
    CHECK(fold({at(9, 36)}) == Directions{out});
    CHECK(fold({at(8, 0), at(9, 34), at(9, 36), at(9, 45)}) == Directions{in, out, out, out});
    CHECK(fold({at(9, 35)}) == Directions{out});
}

TEST_CASE("schedule: a re-verification neither opens, closes nor starts a cooldown") {
    const auto c = morning();
    const std::vector<EarlierPunch> punches{{at(8, 0), false}, {at(8, 50), true}, {at(8, 51), false}};
    CHECK(directions(c.lessons[0], c.policy, punches) == Directions{in, moment, out});
}

TEST_CASE("schedule: F09: a clock set back does not turn into an endless cooldown") {
    CHECK(fold({at(9, 0), at(8, 0)}) == Directions{in, out});
    CHECK(fold({at(9, 0), at(8, 59)}) == Directions{in, moment});
}

TEST_CASE("schedule: a punch between two lessons is the check-out of one and the check-in of the next") {
    CHECK(decided({at(7, 55)}, at(9, 40)) == Decision{ClassId("c1"), LessonId("A"), Direction::both});
    CHECK(decided({at(7, 55)}, at(9, 35)).direction == Direction::both);
    CHECK(decided({at(7, 55)}, at(9, 47)).direction == Direction::both);
    CHECK(decided({at(7, 55), at(9, 40)}, at(10, 31)) == Decision{ClassId("c1"), LessonId("B"), out});
    CHECK(decided({at(7, 55), at(9, 40)}, at(9, 51)) == Decision{ClassId("c1"), LessonId("B"), out});
}

TEST_CASE("schedule: after the punch between two lessons, further ones are the next lesson's") {
    CHECK(decided({at(7, 55), at(9, 38)}, at(9, 44)) == Decision{ClassId("c1"), LessonId("B"), moment});
    CHECK(decided({at(7, 55), at(9, 40)}, at(9, 47)) == Decision{ClassId("c1"), LessonId("B"), out});
}

TEST_CASE("schedule: a punch inside a lesson is not the check-in of the next") {
    CHECK(decided({at(7, 55)}, at(9, 31)) == Decision{ClassId("c1"), LessonId("A"), out});
    CHECK(decided({at(7, 55), at(9, 31)}, at(9, 55)) == Decision{ClassId("c1"), LessonId("B"), in});
}

TEST_CASE("schedule: the same moment is one person's check-out of a class and another's check-in of the next") {
    auto second = morning();
    second.id = ClassId("c2");
    second.lessons = {{LessonId("D"), "", "", kRoom, {{at(9, 45), at(10, 30)}}}};
    second.trainees = {{kCui, "1", "Cui"}};
    auto first = morning();
    first.lessons.pop_back();
    CHECK(decided({at(8, 0)}, at(9, 45), {first, second}, kAn) == Decision{ClassId("c1"), LessonId("A"), out});
    CHECK(decided({}, at(9, 45), {first, second}, kCui) == Decision{ClassId("c2"), LessonId("D"), in});
}

TEST_CASE("schedule: a punch outside every lesson is unscheduled, never refused") {
    CHECK(decided({}, at(3, 0)) == Decision{});
    CHECK(decided({}, at(8, 0), {morning()}, kCui).direction == Direction::unscheduled);
}

TEST_CASE("schedule: a lesson's punches are those that belong to it, each with its direction there") {
    const std::vector classes{morning()};
    const OpenLesson first{&classes[0], &classes[0].lessons[0]}, second{&classes[0], &classes[0].lessons[2]};
    // Inside the second one's window to check in, too: 9:31 is the first one's alone, 9:40 is of both.
    const std::vector<EarlierPunch> punches{{.wall_ms = at(7, 55)}, {.wall_ms = at(9, 31)}, {.wall_ms = at(9, 40)}};
    CHECK(punches_of(first, classes, kAn, punches) ==
          std::vector<LessonPunch>{{at(7, 55), in}, {at(9, 31), out}, {at(9, 40), out}});
    CHECK(punches_of(second, classes, kAn, punches) == std::vector<LessonPunch>{{at(9, 40), in}});
    CHECK(punches_of(second, classes, kCui, punches).empty()); // not on the roster
}

TEST_CASE("schedule: who checked in by the punch between two lessons is in the second one, until the check-out") {
    const std::vector classes{morning()};
    const OpenLesson first{&classes[0], &classes[0].lessons[0]}, second{&classes[0], &classes[0].lessons[2]};
    std::vector<EarlierPunch> punches{{.wall_ms = at(7, 55)}};
    CHECK(is_checked_in(first, classes, kAn, punches));
    CHECK_FALSE(is_checked_in(second, classes, kAn, punches));
    punches.push_back({.wall_ms = at(9, 40)});
    punches.push_back({.wall_ms = at(9, 41)}); // a moment
    CHECK_FALSE(is_checked_in(first, classes, kAn, punches));
    CHECK(is_checked_in(second, classes, kAn, punches));
    punches.push_back({.wall_ms = at(10, 0)});
    CHECK_FALSE(is_checked_in(second, classes, kAn, punches));
    CHECK_FALSE(is_checked_in(second, classes, kAn, {}));
}
