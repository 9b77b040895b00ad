#include <doctest/doctest.h>

#include "daemon/registry/counting/attendance.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;
namespace counting = xueshi::registry::counting;
namespace store = xueshi::registry::store;
using rules::Delivery;

namespace {

constexpr std::int64_t kStart = test::FakeClock::kStartMs, kEnd = kStart + 45 * 60'000, kDay = 86'400'000;
constexpr std::int64_t kWindow = 15 * 60'000;

struct AttendanceFixture : test::BureauFixture {
    test::EventChain chain;
    store::Device device = admit(chain);

    counting::ClassAttendance attendance() {
        const std::function<Expected<counting::ClassAttendance>(store::Session &)> work = [&](store::Session &session) {
            return counting::class_attendance(session, policy, InstitutionId("i-1"), ClassId("c-1"));
        };
        return store->transact<counting::ClassAttendance>(work).value();
    }
    rules::PersonAttendance of(const std::string &person) {
        for (const auto &row : attendance().trainees) {
            if (row.trainee.id == PersonId(person)) {
                return row.attendance;
            }
        }
        return {};
    }
    /// p-1 is there for the whole of lesson 1.
    void attend(record::SourceKind source = record::SourceKind::physical) {
        test::punch_at(chain, "p-1", kStart - 60'000, source);
        test::punch_at(chain, "p-1", kEnd + 60'000, source);
    }
    void close_all() {
        test::close_lesson(chain, "l-1", kEnd + kWindow);
        test::close_lesson(chain, "l-2", kEnd + kDay + kWindow);
    }
};

} // namespace

TEST_CASE("attendance: hours stay possible until the terminal has delivered, then they are decided") {
    AttendanceFixture registry;
    registry.attend();
    registry.deliver(registry.chain, registry.device);
    CHECK(registry.attendance().delivery.at(LessonId("l-1")) == Delivery::outstanding);
    CHECK(registry.of("p-1").proved == 1);
    CHECK(registry.of("p-1").possible == 2);
    CHECK(registry.of("p-2").possible == 2);
    CHECK(registry.of("p-2").exam == rules::Exam::undecided);

    registry.close_all();
    registry.deliver(registry.chain, registry.device);
    CHECK(registry.attendance().delivery.at(LessonId("l-1")) == Delivery::delivered);
    CHECK(registry.of("p-1").proved == 1);
    CHECK(registry.of("p-1").possible == 1);
    CHECK(registry.of("p-2").possible == 0);
    CHECK(registry.of("p-2").exam == rules::Exam::no);
}

TEST_CASE("attendance: a later event delivers a lesson also without lesson_closed") {
    AttendanceFixture registry;
    registry.attend();
    auto body = registry.chain.next_body();
    body.at.wall_ms = kEnd + kWindow + 1;
    registry.chain.append(body);
    registry.deliver(registry.chain, registry.device);
    CHECK(registry.attendance().delivery.at(LessonId("l-1")) == Delivery::delivered);
    CHECK(registry.attendance().delivery.at(LessonId("l-2")) == Delivery::outstanding);
}

TEST_CASE("attendance: a device that claimed and never delivered keeps the hours possible") {
    AttendanceFixture registry;
    store::Chain claimed;
    claimed.institution = registry.device.institution;
    claimed.device = registry.device.id;
    claimed.id = registry.chain.chain();
    registry.in_transaction([&](store::Session &session) { store::save_chain(session, claimed); });
    registry.clock.advance(10 * kDay);
    CHECK(registry.attendance().delivery.at(LessonId("l-1")) == Delivery::outstanding);
    CHECK(registry.of("p-1").possible == 2);
}

TEST_CASE("attendance: replayed and virtual punches count only where the policy allows them") {
    for (const auto source : {record::SourceKind::replay, record::SourceKind::virtual_device}) {
        AttendanceFixture registry;
        registry.attend(source);
        registry.close_all();
        registry.deliver(registry.chain, registry.device);
        CHECK(registry.of("p-1").proved == 0);
        CHECK(registry.attendance().trainees.front().evidence.at("flagged") == 2);
        registry.policy.allow_replay = registry.policy.allow_virtual = true;
        CHECK(registry.of("p-1").proved == 1);
        CHECK(registry.attendance().trainees.front().evidence.at("face") == 2);
    }
}

TEST_CASE("attendance: a face enrolled from a photograph counts only where the policy allows it") {
    AttendanceFixture registry;
    record::Enrolment enrolment;
    enrolment.person = PersonId("p-1");
    enrolment.factor = "face";
    enrolment.from = "photograph";
    enrolment.samples = 1;
    registry.chain.append(record::EventKind::enrolment, record::to_json(enrolment));
    registry.attend();
    registry.close_all();
    registry.deliver(registry.chain, registry.device);
    CHECK(registry.of("p-1").proved == 0);
    registry.policy.allow_photograph_enrolment = true;
    CHECK(registry.of("p-1").proved == 1);
}

TEST_CASE("F06: a quarantined device's events are kept, its hours possible, not proved") {
    AttendanceFixture registry;
    registry.attend();
    registry.close_all();
    registry.deliver(registry.chain, registry.device);
    registry.device.state = store::DeviceState::quarantined;
    registry.in_transaction([&](store::Session &session) { store::save_device(session, registry.device); });
    CHECK(registry.of("p-1").proved == 0);
    CHECK(registry.of("p-1").possible == 2);
}

TEST_CASE("attendance: class hours under the registry's minimum are filed and not counted") {
    AttendanceFixture registry;
    registry.policy.minimum_hour_ms = 46 * 60'000;
    registry.attend();
    registry.close_all();
    registry.deliver(registry.chain, registry.device);
    CHECK(registry.of("p-1").proved == 0);
    CHECK(registry.of("p-1").not_counted == 2);
}

TEST_CASE("attendance: a room without a terminal proves nothing and decides nothing") {
    test::BureauFixture registry;
    const std::function<Expected<counting::ClassAttendance>(store::Session &)> work = [&](store::Session &session) {
        return counting::class_attendance(session, registry.policy, InstitutionId("i-1"), ClassId("c-1"));
    };
    const auto found = registry.store->transact<counting::ClassAttendance>(work).value();
    CHECK(found.delivery.at(LessonId("l-1")) == Delivery::no_terminal);
    CHECK(found.trainees.front().attendance.possible == 2);
    CHECK(found.trainees.front().attendance.exam == rules::Exam::undecided);
}

TEST_CASE("attendance: who was there and not recognised keeps the hour possible, and is no punch") {
    AttendanceFixture registry;
    record::PendingClaim claim;
    claim.person = PersonId("p-2");
    claim.room = RoomId("r-1");
    auto body = registry.chain.next_body(record::EventKind::pending_claim, record::to_json(claim));
    body.at.wall_ms = kStart - 60'000;
    registry.chain.append(body);
    registry.close_all();
    registry.deliver(registry.chain, registry.device);
    CHECK(registry.of("p-2").proved == 0);
    CHECK(registry.of("p-2").possible == 1);
    CHECK(registry.of("p-1").possible == 0);
    CHECK(registry.attendance().trainees.at(1).evidence.at("pending") == 1);
}

TEST_CASE(
    "attendance: a re-verification proves its moment and closes nothing; without the word it would be a check-out") {
    for (const bool asked : {true, false}) {
        CAPTURE(asked);
        AttendanceFixture registry;
        test::punch_at(registry.chain, "p-1", kStart);
        record::Punch punch;
        punch.person = PersonId("p-1");
        punch.room = RoomId("r-1");
        punch.reverification = asked;
        auto body = registry.chain.next_body(record::EventKind::punch, record::to_json(punch));
        body.at.wall_ms = kStart + 20 * 60'000;
        body.source.kind = record::SourceKind::physical;
        registry.chain.append(body);
        test::punch_at(registry.chain, "p-1", kEnd + 60'000);
        registry.close_all();
        registry.deliver(registry.chain, registry.device);
        CHECK(registry.of("p-1").proved == (asked ? 1 : 0));
    }
}
