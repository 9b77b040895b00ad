#include <doctest/doctest.h>

#include "daemon/registry/bureau/attendance.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;
namespace bureau = xueshi::registry::bureau;

namespace {

constexpr std::int64_t kStart = test::FakeClock::kStartMs, kEnd = kStart + 45 * 60'000;
constexpr std::int64_t kWindowEnd = kEnd + 15 * 60'000;
const std::string kBoot = "33333333-2222-4333-8444-555555555555";

struct ClockFixture : test::BureauFixture {
    test::EventChain chain;
    store::Device device = admit(chain);

    void append(record::EventKind kind, json::Object data, const Instant &at) {
        auto body = chain.next_body(kind, std::move(data));
        body.at = at;
        body.source.kind = record::SourceKind::physical;
        chain.append(body);
    }
    void punch(const Instant &at) {
        record::Punch punch;
        punch.person = PersonId("p-1");
        punch.room = RoomId("r-1");
        append(record::EventKind::punch, record::to_json(punch), at);
    }
    bureau::ClassAttendance attendance() {
        const std::function<Expected<bureau::ClassAttendance>(store::Session &)> work = [&](store::Session &session) {
            return bureau::class_attendance(session, policy, InstitutionId("i-1"), ClassId("c-1"));
        };
        return store->transact<bureau::ClassAttendance>(work).value();
    }
};

} // namespace

TEST_CASE("F11: punches with the clock unset are shown with bounds and marked as inferred") {
    ClockFixture registry;
    registry.clock.advance(3 * 3'600'000);
    registry.punch({5'000, kBoot, 5'000, ClockQuality::unset});
    registry.append(record::EventKind::heartbeat, {}, {kStart, kBoot, 65'000, ClockQuality::synchronised});
    registry.deliver(registry.chain, registry.device);
    const auto token = registry.add_token("read", "i-1");
    const auto body = registry.get("/v1/punches", token);
    CAPTURE(json::serialize(body));
    const auto &row = body.as_object().at("punches").as_array().front().as_object();
    CHECK(row.at("clock") == "unset");
    CHECK(row.at("time_basis") == "inferred");
    CHECK(row.at("earliest_ms").as_int64() == kStart - 60'000 - 7);
    CHECK(row.at("latest_ms").as_int64() == kStart - 60'000 + 7);
    const auto evidence = registry.attendance().trainees.front().evidence;
    REQUIRE(evidence.contains("inferred"));
    CHECK(evidence.at("inferred") == 1);
}

TEST_CASE("F11: a lesson closed by a clock that ran ahead is not delivered until an event is surely later") {
    ClockFixture registry;
    registry.clock.advance(3 * 3'600'000);
    record::LessonClosed closed;
    closed.training_class = ClassId("c-1");
    closed.lesson = LessonId("l-1");
    closed.room = RoomId("r-1");
    closed.window_end_ms = kWindowEnd;
    // The true time is half past: boot time says so beside the synchronised event.
    registry.append(record::EventKind::heartbeat, {}, {kStart, kBoot, 0, ClockQuality::synchronised});
    registry.append(record::EventKind::lesson_closed, record::to_json(closed),
                    {kWindowEnd + 1, kBoot, 30 * 60'000, ClockQuality::holdover});
    registry.deliver(registry.chain, registry.device);
    CHECK(registry.attendance().delivery.at(LessonId("l-1")) == rules::Delivery::outstanding);
    registry.append(record::EventKind::lesson_closed, record::to_json(closed),
                    {kWindowEnd + 5'000, kBoot, kWindowEnd - kStart + 5'000, ClockQuality::holdover});
    registry.deliver(registry.chain, registry.device);
    CHECK(registry.attendance().delivery.at(LessonId("l-1")) == rules::Delivery::delivered);
}
