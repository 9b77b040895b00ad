#include <doctest/doctest.h>

#include "firmware/checkin/lesson_closer.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/memory_sink.hpp"

using namespace xueshi;
using namespace xueshi::checkin;

namespace {

struct Room {
    test::FakeClock clock;
    test::MemorySink sink;
    History history;
    std::shared_ptr<roster::Roster> roster = test::make_classroom();
    LessonCloser closer{sink, clock, history};
};

constexpr std::int64_t kWindowEnd = (45 + 15) * 60'000;

} // namespace

TEST_CASE_FIXTURE(Room, "lesson closed: appended once, after the end window and not before") {
    clock.advance(kWindowEnd);
    closer.tick(*roster);
    CHECK(sink.drafts().empty());
    clock.advance(1);
    closer.tick(*roster);
    closer.tick(*roster);
    REQUIRE(sink.drafts().size() == 1);
    const auto closed = record::lesson_closed_from_json(sink.drafts()[0].data);
    REQUIRE(closed);
    CHECK(closed->training_class == ClassId("c-1"));
    CHECK(closed->lesson == LessonId("l-1"));
    CHECK(closed->room == RoomId("r-1"));
    CHECK(closed->window_end_ms == test::FakeClock::kStartMs + kWindowEnd);
}

TEST_CASE_FIXTURE(Room, "lesson closed: a terminal that comes late closes all that is over, a few at a time") {
    auto &lessons = roster->classes[0].lessons;
    const auto lesson = lessons[0];
    lessons.clear();
    for (int i = 0; i < 23; ++i) {
        lessons.push_back(lesson);
        lessons.back().id = LessonId("l-" + std::to_string(i));
    }
    clock.advance(kWindowEnd + 1);
    closer.tick(*roster);
    CHECK(sink.drafts().size() == 5);
    for (int second = 0; second < 10; ++second) {
        closer.tick(*roster);
    }
    CHECK(sink.drafts().size() == 23);
}

TEST_CASE_FIXTURE(Room, "lesson closed: never while the clock is unset") {
    clock.advance(kWindowEnd + 1);
    clock.set_quality(ClockQuality::unset);
    closer.tick(*roster);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(Room, "lesson closed: one that the journal has already is not closed again") {
    history.note(record::LessonClosed{ClassId("c-1"), LessonId("l-1"), RoomId("r-1"), 1});
    clock.advance(kWindowEnd + 1);
    closer.tick(*roster);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(Room, "lesson closed: a lesson of another room is not this terminal's to close") {
    roster->classes[0].lessons[0].room = RoomId("r-2");
    clock.advance(kWindowEnd + 1);
    closer.tick(*roster);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(Room, "lesson closed: a failed append is tried again with its id") {
    clock.advance(kWindowEnd + 1);
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    closer.tick(*roster);
    sink.recover();
    closer.tick(*roster);
    closer.tick(*roster);
    CHECK(sink.drafts().size() == 1);
}
