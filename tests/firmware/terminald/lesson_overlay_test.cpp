#include "firmware/terminald/lesson_overlay.hpp"

#include <doctest/doctest.h>

#include "tests/support/classroom.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

constexpr std::int64_t kMinute = 60'000;

/// Two lessons of one morning, the second ten minutes after the first.
struct Morning {
    Morning() {
        auto &lessons = roster.classes[0].lessons;
        lessons[0].title = "first";
        lessons[1].title = "second";
        const auto start = lessons[0].end_ms() + 10 * kMinute;
        lessons[1].hours = {training::ClassHour{start, start + 45 * kMinute}};
    }
    void punch(const char *person) {
        record::Punch punch;
        punch.person = PersonId(person);
        punch.room = RoomId("r-1");
        history.note(punch, clock.now()); // what it means is asked of the schedule, not of the punch
    }
    camera::Overlay shown() const { return lesson_overlay(roster, history, clock.now()); }

    roster::Roster roster = *test::make_classroom();
    test::FakeClock clock;
    checkin::History history;
};

} // namespace

TEST_CASE("lesson overlay: who checked in by the punch between two lessons is counted in the second") {
    Morning morning;
    morning.punch("p-1");
    morning.punch("p-2");
    CHECK(morning.shown().checked_in == 2);
    morning.clock.advance(50 * kMinute);
    morning.punch("p-1");
    CHECK(morning.shown().lesson == "first");
    CHECK(morning.shown().checked_in == 1); // the other is still to check out
    morning.clock.advance(10 * kMinute);
    CHECK(morning.shown().lesson == "second");
    CHECK(morning.shown().checked_in == 1);
}

TEST_CASE("lesson overlay: the lesson that is held is shown, not the one before whose time to check out runs") {
    Morning morning;
    morning.clock.advance(55 * kMinute - 1);
    CHECK(morning.shown().lesson == "first");
    morning.clock.advance(1);
    CHECK(morning.shown().lesson == "second");
    CHECK(morning.shown().training_class == "电工班");
}

TEST_CASE("lesson overlay: of two classes that are in the room together both are shown, and who checked in to either") {
    Morning morning;
    auto other = morning.roster.classes[0];
    other.id = ClassId("c-2");
    other.name = "焊工班";
    other.lessons = {other.lessons[0]};
    other.lessons[0].id = LessonId("l-3");
    other.lessons[0].title = "third";
    other.trainees = {training::Trainee{PersonId("p-9"), "09", "学员"}};
    morning.roster.classes.push_back(other);
    morning.punch("p-1");
    morning.punch("p-9");
    CHECK(morning.shown().training_class == "电工班 / 焊工班");
    CHECK(morning.shown().lesson == "first / third");
    CHECK(morning.shown().checked_in == 2);
}

TEST_CASE("lesson overlay: no lesson is named under an unset clock or outside lessons") {
    Morning morning;
    morning.punch("p-1");
    morning.clock.set_quality(ClockQuality::unset);
    CHECK(morning.shown().lesson.empty());
    CHECK(morning.shown().institution == "培训学校");
    CHECK(morning.shown().clock == ClockQuality::unset);
    morning.clock.set_quality(ClockQuality::synchronised);
    morning.clock.advance(300 * kMinute);
    CHECK(morning.shown().lesson.empty());
}
