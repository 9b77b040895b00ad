#include <doctest/doctest.h>

#include "firmware/checkin/history.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::checkin;

namespace {

record::Punch punch_of(const char *person, record::Direction direction) {
    record::Punch punch;
    punch.person = PersonId(person);
    punch.room = RoomId("r-1");
    punch.training_class = ClassId("c-1");
    punch.lesson = LessonId("l-1");
    punch.direction = direction;
    return punch;
}

/// How many are checked in to the first lesson of the classroom.
std::size_t present(const History &history) {
    const auto roster = test::make_classroom();
    const auto &course = roster->classes[0];
    return history.present({&course, &course.lessons[0]}, roster->classes);
}

} // namespace

TEST_CASE("history: earlier punches are the person's own, of the room, in order") {
    test::FakeClock clock;
    History history;
    history.note(punch_of("a", record::Direction::check_in), clock.now());
    clock.advance(1'000);
    history.note(punch_of("b", record::Direction::check_in), clock.now());
    clock.advance(1'000);
    history.note(punch_of("a", record::Direction::check_out), clock.now());
    const auto earlier = history.earlier(RoomId("r-1"), PersonId("a"));
    REQUIRE(earlier.size() == 2);
    CHECK(earlier[1].wall_ms - earlier[0].wall_ms == 2'000);
    CHECK(history.earlier(RoomId("r-2"), PersonId("a")).empty());
}

TEST_CASE("history: a punch under an unset clock has no time that could decide anything") {
    test::FakeClock clock;
    clock.set_quality(ClockQuality::unset);
    History history;
    history.note(punch_of("a", record::Direction::unscheduled), clock.now());
    CHECK(history.earlier(RoomId("r-1"), PersonId("a")).empty());
}

TEST_CASE("history: of a person's punches the newest are kept") {
    test::FakeClock clock;
    History history;
    const auto first_ms = clock.now().wall_ms;
    for (std::size_t i = 0; i <= History::kPunchesKept; ++i) {
        history.note(punch_of("a", record::Direction::moment), clock.now());
        clock.advance(1'000);
    }
    const auto earlier = history.earlier(RoomId("r-1"), PersonId("a"));
    REQUIRE(earlier.size() == History::kPunchesKept);
    CHECK(earlier.front().wall_ms == first_ms + 1'000);
    CHECK(earlier.back().wall_ms == clock.now().wall_ms - 1'000);
}

TEST_CASE("history: present is who of the roster is checked in, by the schedule's rules, until the lesson is closed") {
    test::FakeClock clock;
    History history;
    CHECK(present(history) == 0);
    for (const char *person : {"p-1", "p-2", "p-3", "stranger"}) {
        history.note(punch_of(person, record::Direction::check_in), clock.now());
    }
    CHECK(present(history) == 3);
    clock.advance(60'000);
    history.note(punch_of("p-1", record::Direction::moment), clock.now()); // within the cooldown
    CHECK(present(history) == 3);
    clock.advance(10 * 60'000);
    history.note(punch_of("p-1", record::Direction::check_out), clock.now());
    CHECK(present(history) == 2);
    history.note(record::LessonClosed{ClassId("c-1"), LessonId("l-1"), RoomId("r-1"), 5});
    CHECK(present(history) == 0);
}

TEST_CASE("history: who is asked is asked until the latest time that was said, and not at it") {
    History history;
    history.note(record::Reverify{{PersonId("a")}}, 1'000);
    history.note(record::Reverify{{PersonId("a")}}, 500);
    CHECK(history.is_asked(PersonId("a"), 999));
    CHECK(history.asked(999).size() == 1);
    CHECK_FALSE(history.is_asked(PersonId("a"), 1'000));
    CHECK(history.asked(1'000).empty());
}

TEST_CASE("history: cooldown and closed lessons survive a restart, read from the journal") {
    const test::TemporaryDirectory directory;
    test::FakeClock clock;
    const auto signer = identity::open_or_create_signer(directory / "signing.key");
    REQUIRE(signer);
    const auto writer = journal::JournalWriter::open(directory / "journal.db", **signer);
    REQUIRE(writer);
    record::EventDraft draft;
    draft.id = Uuid::v7(clock.now().wall_ms);
    draft.kind = record::EventKind::punch;
    draft.at = clock.now();
    draft.data = record::to_json(punch_of("p-1", record::Direction::check_in));
    REQUIRE((*writer)->append(draft));
    draft.id = Uuid::v7(clock.now().wall_ms);
    draft.kind = record::EventKind::lesson_closed;
    draft.data = record::to_json(record::LessonClosed{ClassId("c-1"), LessonId("l-0"), RoomId("r-1"), 5});
    REQUIRE((*writer)->append(draft));

    auto reader = journal::JournalReader::open(directory / "journal.db");
    REQUIRE(reader);
    const auto history = History::read(*reader);
    REQUIRE(history);
    CHECK(history->earlier(RoomId("r-1"), PersonId("p-1")).size() == 1);
    CHECK(present(*history) == 1);
    CHECK(history->is_closed(ClassId("c-1"), LessonId("l-0")));
    CHECK_FALSE(history->is_closed(ClassId("c-1"), LessonId("l-1")));
}

TEST_CASE("history: a journal longer than what is read at once is read to its last event") {
    const test::TemporaryDirectory directory;
    test::FakeClock clock;
    const auto signer = identity::open_or_create_signer(directory / "signing.key");
    REQUIRE(signer);
    const auto writer = journal::JournalWriter::open(directory / "journal.db", **signer);
    REQUIRE(writer);
    constexpr int kOneMoreThanAtOnce = 513;
    for (int i = 1; i <= kOneMoreThanAtOnce; ++i) {
        record::EventDraft draft;
        draft.id = Uuid::v7(clock.now().wall_ms);
        draft.kind = record::EventKind::punch;
        draft.at = clock.now();
        draft.data = record::to_json(punch_of(i < kOneMoreThanAtOnce ? "a" : "b", record::Direction::check_in));
        REQUIRE((*writer)->append(draft));
    }
    auto reader = journal::JournalReader::open(directory / "journal.db");
    REQUIRE(reader);
    const auto history = History::read(*reader);
    REQUIRE(history);
    CHECK(history->earlier(RoomId("r-1"), PersonId("b")).size() == 1);
}
