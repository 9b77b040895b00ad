#include "firmware/terminald/change_requests.hpp"

#include <doctest/doctest.h>

#include "tests/support/classroom.hpp"
#include "tests/support/memory_sink.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

constexpr std::int64_t kDay = 86'400'000;

/// The first lesson runs, the second begins tomorrow.
struct Desk {
    test::FakeClock clock;
    test::MemorySink sink;
    std::shared_ptr<roster::Roster> roster = test::make_classroom();
    std::vector<schedule::OpenLesson> lessons;
    ChangeRequests changes{sink, clock};

    Desk() {
        for (const auto &lesson : roster->classes[0].lessons) {
            lessons.push_back({roster->classes.data(), &lesson});
        }
        clock.advance(60'000);
    }
    Expected<json::Object> request(const char *lesson, const char *change, std::int64_t begin_ms = 0) {
        json::Object arguments{{"class", "c-1"}, {"lesson", lesson}, {"change", change}};
        if (begin_ms > 0) {
            arguments["begin_ms"] = begin_ms;
        }
        return changes.request(arguments, "kiosk:teacher", lessons);
    }
    ErrorCode refusal(const char *lesson, const char *change, std::int64_t begin_ms = 0) {
        const auto answer = request(lesson, change, begin_ms);
        REQUIRE_FALSE(answer);
        return answer.error().code;
    }
    std::int64_t now() const { return clock.now().wall_ms; }
};

} // namespace

TEST_CASE_FIXTURE(Desk, "change requests: one is an operator action of the chain, once, and known after a restart") {
    const auto wanted = now() + 2 * kDay;
    const auto first = request("l-2", "time", wanted);
    REQUIRE(first);
    CHECK(first->at("earlier") == false);
    const auto again = request("l-2", "time", wanted);
    REQUIRE(again);
    CHECK(again->at("earlier") == true);
    CHECK(again->at("seq") == first->at("seq"));
    REQUIRE(request("l-2", "time", wanted + 60'000));
    REQUIRE(sink.drafts(record::EventKind::operator_action).size() == 2);
    const auto draft = sink.drafts(record::EventKind::operator_action)[0];
    CHECK(draft.data == json::Object{{"what", "change_requested"},
                                     {"class", "c-1"},
                                     {"lesson", "l-2"},
                                     {"change", "time"},
                                     {"begin_ms", wanted},
                                     {"operator", "kiosk:teacher"}});

    ChangeRequests later(sink, clock);
    record::EventBody body;
    body.seq = 7;
    body.kind = record::to_string(draft.kind);
    body.at = draft.at;
    body.data = draft.data;
    later.remember(body);
    body.data = {{"what", "lesson_picked"}};
    later.remember(body);
    const auto known = later.describe(lessons);
    REQUIRE(known.size() == 1);
    CHECK(known[0].at("title") == "课");
    CHECK(known[0].at("change") == "time");
    CHECK(known[0].at("begin_ms") == wanted);
    CHECK(later.describe({}).at(0).at("title") == ""); // the plan changed meanwhile
}

TEST_CASE_FIXTURE(Desk,
                  "change requests: the plan of a lesson that has begun stands, but that it was not held is told") {
    CHECK(refusal("l-1", "teacher") == ErrorCode::conflict);
    CHECK(refusal("l-1", "time", now() + kDay) == ErrorCode::conflict);
    CHECK(request("l-1", "not_held"));
    CHECK(request("l-2", "teacher"));
    CHECK(request("l-2", "place"));
    CHECK(sink.drafts().size() == 3);
}

TEST_CASE_FIXTURE(Desk,
                  "change requests: what is no change, of no lesson, or without a time is refused and not journaled") {
    CHECK(refusal("l-9", "teacher") == ErrorCode::not_found);
    CHECK(refusal("l-2", "cheaper") == ErrorCode::invalid_argument);
    CHECK(refusal("l-2", "time") == ErrorCode::invalid_argument);
    CHECK(refusal("l-2", "place", now() + kDay) == ErrorCode::invalid_argument);
    CHECK(refusal("l-2", "time", now() - 1) == ErrorCode::conflict);
    clock.set_quality(ClockQuality::unset);
    CHECK(refusal("l-2", "teacher") == ErrorCode::unavailable);
    clock.set_quality(ClockQuality::synchronised);
    sink.fail_with({ErrorCode::no_space, "full"});
    CHECK(refusal("l-2", "teacher") == ErrorCode::no_space);
    CHECK(changes.describe(lessons).empty());
}
