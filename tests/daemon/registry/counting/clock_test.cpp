#include <doctest/doctest.h>

#include "daemon/registry/counting/attendance.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;
namespace counting = xueshi::registry::counting;

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
    counting::ClassAttendance attendance() {
        const std::function<Expected<counting::ClassAttendance>(store::Session &)> work = [&](store::Session &session) {
            return counting::class_attendance(session, policy, InstitutionId("i-1"), ClassId("c-1"));
        };
        return store->transact<counting::ClassAttendance>(work).value();
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

TEST_CASE("F09: punches whose synchronised clock ran back are told, kept in order and counted as ever") {
    ClockFixture registry;
    registry.clock.advance(3 * 3'600'000);
    const auto at = [](std::int64_t wall_ms, std::int64_t boot_ms, const std::string &boot = kBoot) {
        return Instant{wall_ms, boot, boot_ms, ClockQuality::synchronised};
    };
    registry.punch(at(kStart, 1'000));
    registry.punch(at(kStart - 999, 2'000)); // what a time daemon takes back by itself
    std::int64_t back_ms = 0;
    SUBCASE("an hour") {
        back_ms = 3'600'000;
    }
    SUBCASE("a day") {
        back_ms = 86'400'000;
    }
    SUBCASE("a year") {
        back_ms = 365LL * 86'400'000;
    }
    registry.punch(at(kStart + 60'000 - back_ms, 61'000));
    registry.deliver(registry.chain, registry.device);
    registry.punch(at(kStart - 5'000, 0, "44444444-2222-4333-8444-555555555555")); // after a start, in another batch
    registry.punch(at(kStart + 120'000, 121'000));
    registry.deliver(registry.chain, registry.device);
    const auto body = registry.get("/v1/punches", registry.add_token("read", "i-1"));
    std::vector<bool> flagged;
    std::vector<std::int64_t> seqs;
    for (const auto &punch : body.at("punches").as_array()) {
        flagged.push_back(punch.at("flags").as_string().find("clock_ran_back") != std::string::npos);
        seqs.push_back(punch.at("seq").as_int64());
    }
    CHECK(flagged == std::vector{false, false, true, true, false});
    CHECK(seqs == std::vector<std::int64_t>{1, 2, 3, 4, 5});
    const auto evidence = registry.attendance().trainees.front().evidence;
    REQUIRE(evidence.contains("clock_ran_back"));
    CHECK(evidence.at("clock_ran_back") == 1); // the others are of no lesson
    CHECK(evidence.at("face") == 4);
}
