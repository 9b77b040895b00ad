#include "firmware/checkin/claims.hpp"

#include <doctest/doctest.h>

#include "tests/support/classroom.hpp"
#include "tests/support/fake_recorder.hpp"
#include "tests/support/memory_sink.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using record::EventKind;

namespace {

struct ClaimDesk {
    ClaimDesk() {
        claims.set_roster(test::make_classroom());
        claims.set_camera(&recorder, record::Source{record::SourceKind::physical, "v4l2"});
    }
    static ClaimOrder order_for(const char *number) {
        ClaimOrder order;
        order.subject.number = number;
        return order;
    }

    test::FakeClock clock;
    test::MemorySink sink;
    test::FakeRecorder recorder;
    History history;
    Claims claims{sink, clock, history, ClaimPolicy{.same_person_ms = 300'000, .most_an_hour = 3}};
};

} // namespace

TEST_CASE_FIXTURE(ClaimDesk, "claim: \"I am here and was not recognised\" is pending, with person, lesson and clip") {
    const auto outcome = claims.claim(order_for("02"));
    REQUIRE(outcome);
    const auto events = sink.drafts(EventKind::pending_claim);
    REQUIRE(events.size() == 1);
    const auto claim = record::pending_claim_from_json(events[0].data);
    REQUIRE(claim);
    CHECK(claim->person == PersonId("p-2"));
    CHECK(claim->lesson == LessonId("l-1"));
    CHECK(claim->reason == record::ClaimReason::not_recognised);
    CHECK(claim->clip == recorder.clips.at(0));
    CHECK(events[0].source.driver == "v4l2");
    CHECK(sink.drafts(EventKind::punch).empty());
}

TEST_CASE_FIXTURE(ClaimDesk, "claim: said again it is the earlier one, never an error") {
    const auto first = claims.claim(order_for("02"));
    clock.advance(60'000);
    const auto second = claims.claim(order_for("02"));
    REQUIRE(second);
    CHECK(second->earlier);
    CHECK(second->seq == first->seq);
    clock.advance(239'999);
    CHECK(claims.claim(order_for("02"))->earlier);
    clock.advance(1);
    CHECK_FALSE(claims.claim(order_for("02"))->earlier);
    CHECK(sink.drafts(EventKind::pending_claim).size() == 2);
}

TEST_CASE_FIXTURE(ClaimDesk,
                  "claim: the way out of one lesson and the way into the next are two claims, however near") {
    const auto roster = test::make_classroom();
    auto &lessons = roster->classes[0].lessons;
    lessons[1].hours = {training::ClassHour{lessons[0].end_ms(), lessons[0].end_ms() + 45 * 60'000}};
    claims.set_roster(roster);
    clock.advance(44 * 60'000); // a minute before its end
    REQUIRE(claims.claim(order_for("02")));
    clock.advance(150'000);
    const auto next = claims.claim(order_for("02"));
    REQUIRE(next);
    CHECK_FALSE(next->earlier);
    CHECK(claims.claim(order_for("02"))->earlier);
    CHECK(sink.drafts(EventKind::pending_claim).size() == 2);
}

TEST_CASE_FIXTURE(ClaimDesk, "claim: too many within an hour are refused, and a supervised punch is still there") {
    for (const char *number : {"01", "02", "03"}) {
        REQUIRE(claims.claim(order_for(number)));
    }
    const auto refused = claims.claim(order_for("04"));
    CHECK(refused.error().code == ErrorCode::unavailable);
    ManualOrder manual{order_for("04").subject, "not recognised", "teacher"};
    CHECK(claims.manual_punch(manual));
    clock.advance(3'600'000);
    CHECK(claims.claim(order_for("04")));
}

TEST_CASE_FIXTURE(ClaimDesk, "claim: one that could not be journaled is no earlier one, and counts towards no limit") {
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    for (const char *number : {"01", "02", "03"}) {
        CHECK(claims.claim(order_for(number)).error().code == ErrorCode::io);
    }
    sink.recover();
    const auto again = claims.claim(order_for("01"));
    REQUIRE(again);
    CHECK_FALSE(again->earlier);
    CHECK(sink.drafts(EventKind::pending_claim).size() == 1);
}

TEST_CASE_FIXTURE(ClaimDesk, "claim: a note has at most 200 bytes") {
    auto order = order_for("02");
    order.note = std::string(201, 'x');
    CHECK(claims.claim(order).error().code == ErrorCode::invalid_argument);
    order.note.pop_back();
    CHECK(claims.claim(order));
}

TEST_CASE_FIXTURE(ClaimDesk,
                  "claim: somebody who is not on the roster is a clear error, and without a camera there is no clip") {
    CHECK(claims.claim(order_for("99")).error().code == ErrorCode::not_found);
    claims.set_camera(nullptr, {});
    REQUIRE(claims.claim(order_for("01")));
    CHECK_FALSE(sink.drafts()[0].data.contains("clip"));
}

TEST_CASE_FIXTURE(ClaimDesk,
                  "manual punch: it names operator and reason, has a direction, and says when it is no suspicion") {
    ManualOrder order{order_for("02").subject, "", "teacher"};
    CHECK(claims.manual_punch(order).error().code == ErrorCode::invalid_argument);
    order.reason = "face bandaged";
    REQUIRE(claims.manual_punch(order));
    REQUIRE(claims.accommodate({order.subject, "third_factor", true, "face bandaged", "teacher"}));
    clock.advance(600'000);
    REQUIRE(claims.manual_punch(order));
    const auto events = sink.drafts(EventKind::punch);
    REQUIRE(events.size() == 2);
    const auto first = record::punch_from_json(events[0].data);
    const auto second = record::punch_from_json(events[1].data);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->evidence == record::Evidence::manual);
    CHECK(first->operator_name == "teacher");
    CHECK(first->direction == record::Direction::check_in);
    CHECK(first->accommodation.empty());
    CHECK(second->direction == record::Direction::check_out);
    CHECK(second->accommodation == "third_factor");
}

TEST_CASE_FIXTURE(ClaimDesk, "accommodation: it is recorded, and ends when it is ended") {
    AccommodationOrder order{order_for("02").subject, "fingers", true, "worn skin", "teacher"};
    CHECK(claims.accommodate(order).error().code == ErrorCode::invalid_argument);
    order.instead = "finger";
    REQUIRE(claims.accommodate(order));
    CHECK(history.accommodation(PersonId("p-2")) == "finger");
    order.given = false;
    REQUIRE(claims.accommodate(order));
    CHECK(history.accommodation(PersonId("p-2")).empty());
    CHECK(sink.drafts(EventKind::accommodation).size() == 2);
}
