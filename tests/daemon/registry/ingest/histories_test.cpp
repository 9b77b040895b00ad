// One device, several histories: copied cards, older copies put back, salvages.
#include <doctest/doctest.h>

#include "daemon/registry/counting/attendance.hpp"
#include "daemon/registry/store/alarms.hpp"
#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/events.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;
using wire::EventOutcome;

namespace {

constexpr std::int64_t kStart = test::FakeClock::kStartMs, kEnd = kStart + 45 * 60'000, kDay = 86'400'000;
constexpr std::int64_t kWindow = 15 * 60'000;

struct Histories : test::BureauFixture {
    test::EventChain chain;
    store::Device device = admit(chain);

    std::vector<EventOutcome> send(const ChainId &id, const std::vector<record::StoredEvent> &events,
                                   registry::ingest::Sender sender = registry::ingest::Sender::device) {
        wire::EventBatch batch;
        batch.chain = id;
        batch.events = events;
        std::vector<EventOutcome> outcomes;
        in_transaction([&](store::Session &session) {
            const auto taken =
                registry::ingest::take_batch(session, device, batch, policy, clock.now().wall_ms, nullptr, sender)
                    .value();
            for (const auto &result : taken.results) {
                outcomes.push_back(result.outcome);
            }
        });
        return outcomes;
    }
    std::vector<EventOutcome> send(const std::vector<record::StoredEvent> &events) {
        return send(chain.chain(), events);
    }
    std::vector<EventOutcome> bring(const std::vector<record::StoredEvent> &events) {
        return send(chain.chain(), events, registry::ingest::Sender::anybody);
    }
    /// Edited by somebody who has no key of the device.
    record::StoredEvent forged(std::size_t of) const {
        auto event = other_version(of);
        event.signature = chain.events()[of].signature;
        return event;
    }
    /// The last event in another version, signed by the device too.
    record::StoredEvent other_version(std::size_t of) const {
        auto body = record::read_body(chain.events()[of].body).value();
        body.at.wall_ms += 1;
        record::StoredEvent event = chain.events()[of];
        event.body = record::write_body(body).value();
        return sign(std::move(event));
    }
    record::StoredEvent sign(record::StoredEvent event) const {
        event.hash = identity::link_hash(event.prev, event.body);
        event.signature = chain.signer().sign(identity::signed_message(event.prev, event.body)).value();
        return event;
    }
    /// An event of another chain of this device.
    record::StoredEvent event_of(const ChainId &id, record::Sequence seq, const Sha256 &prev, record::EventKind kind,
                                 json::Object data, std::int64_t wall_ms = kStart) const {
        auto body = chain.next_body(kind, std::move(data));
        body.seq = seq;
        body.id = Uuid::v7(wall_ms);
        body.chain = id;
        body.at.wall_ms = wall_ms;
        body.source.kind = record::SourceKind::physical;
        record::StoredEvent event;
        event.seq = seq;
        event.id = body.id;
        event.kind = body.kind;
        event.body = record::write_body(body).value();
        event.prev = prev;
        return sign(std::move(event));
    }
    record::StoredEvent beginning(const ChainId &id, const std::string &reason, record::Sequence previous_seq,
                                  const std::string &previous_head, std::vector<record::LostEvents> lost = {},
                                  std::int64_t wall_ms = kStart) const {
        record::Boot boot;
        boot.reason = reason;
        boot.previous_chain = chain.chain();
        boot.previous_seq = previous_seq;
        boot.previous_head = previous_head;
        boot.lost = std::move(lost);
        return event_of(id, 1, Sha256{}, record::EventKind::boot, record::to_json(boot), wall_ms);
    }
    std::string head(std::size_t seq) const { return hex(chain.events()[seq - 1].hash); }

    store::DeviceState state() {
        auto state = store::DeviceState::approved;
        in_transaction([&](store::Session &session) { state = store::find_device(session, device.id)->state; });
        return state;
    }
    std::vector<std::string> alarms() {
        std::vector<std::string> kinds;
        in_transaction([&](store::Session &session) {
            for (const auto &alarm : store::alarms_of(session, device.institution)) {
                kinds.push_back(alarm.kind);
            }
        });
        return kinds;
    }
    std::string flags(const ChainId &id) {
        std::string flags;
        in_transaction([&](store::Session &session) {
            flags = store::find_chain(session, device.institution, device.id, id)->flags;
        });
        return flags;
    }
    void fill(int count) {
        for (int i = 0; i < count; ++i) {
            chain.append();
        }
    }
    rules::Delivery delivery(const std::string &lesson) {
        auto delivery = rules::Delivery::lost;
        in_transaction([&](store::Session &session) {
            delivery = registry::counting::class_attendance(session, policy, InstitutionId("i-1"), ClassId("c-1"))
                           ->delivery.at(LessonId(lesson));
        });
        return delivery;
    }
};

const ChainId kSecond(Uuid::v4().str());

} // namespace

TEST_CASE("F06: a cloned card: two events at one seq quarantine the device and alarm the bureau once") {
    Histories registry;
    registry.fill(3);
    registry.send(registry.chain.events());
    for (int i = 0; i < 3; ++i) {
        CHECK(registry.send({registry.other_version(2)}) == std::vector{EventOutcome::conflict});
        CHECK(registry.state() == store::DeviceState::quarantined);
    }
    registry.send({registry.other_version(1)});
    CHECK(registry.alarms() == std::vector<std::string>{"two_histories"});
    registry.fill(1); // events go on being kept
    CHECK(registry.send({registry.chain.events().back()}) == std::vector{EventOutcome::stored});
}

TEST_CASE("F06: an older copy put back writes on from an older head: quarantined") {
    Histories registry;
    registry.fill(3);
    registry.send({registry.chain.events()[0], registry.chain.events()[1]});
    const auto other =
        registry.event_of(registry.chain.chain(), 3, registry.chain.events()[0].hash, record::EventKind::heartbeat, {});
    CHECK(registry.send({other}) == std::vector{EventOutcome::conflict});
    CHECK(registry.state() == store::DeviceState::quarantined);
}

TEST_CASE("F06: what the device did not sign quarantines nothing") {
    Histories registry;
    registry.fill(2);
    registry.send(registry.chain.events());
    auto forged = registry.other_version(1);
    forged.signature = registry.chain.events()[0].signature;
    CHECK(registry.send({forged}) == std::vector{EventOutcome::conflict});
    CHECK(registry.state() == store::DeviceState::claimed);
    CHECK(registry.alarms() == std::vector<std::string>{"conflict"});
}

TEST_CASE("F14: an id that is used again behind the head is a conflict and an alarm, but no second history") {
    Histories registry;
    registry.fill(2);
    registry.send(registry.chain.events());
    auto again = registry.chain.next_body(record::EventKind::heartbeat, {});
    again.id = registry.chain.events()[0].id;
    registry.chain.append(again);
    registry.fill(1);
    const auto &events = registry.chain.events();
    CHECK(registry.send({events[2], events[3]}) == std::vector{EventOutcome::conflict, EventOutcome::stored});
    CHECK(registry.send({events[2]}) == std::vector{EventOutcome::conflict});
    CHECK(registry.state() == store::DeviceState::claimed);
    CHECK(registry.alarms() == std::vector<std::string>{"conflict"});
}

TEST_CASE("F18: an event that came damaged and then intact counts, and so does what follows it") {
    Histories registry;
    registry.fill(4);
    const auto &events = registry.chain.events();
    auto damaged = events[2];
    damaged.body.front() = '[';
    SUBCASE("with the hash that it should have") {}
    SUBCASE("with the hash of what came") {
        damaged.hash = identity::link_hash(damaged.prev, damaged.body);
    }
    CHECK(registry.send({events[0], events[1], damaged}).back() == EventOutcome::invalid);
    SUBCASE("before its follower") {
        CHECK(registry.send({events[2]}) == std::vector{EventOutcome::stored});
        CHECK(registry.send({events[3]}) == std::vector{EventOutcome::stored});
    }
    SUBCASE("after its follower") {
        CHECK(registry.send({events[3]}) == std::vector{EventOutcome::stored});
        CHECK(registry.send({events[2]}) == std::vector{EventOutcome::stored});
    }
    CHECK(registry.state() == store::DeviceState::claimed);
    CHECK(registry.alarms().empty());
}

TEST_CASE("F06: what contradicts the signed event behind a place where nothing sound is held is a second history") {
    Histories registry;
    registry.fill(4);
    const auto &events = registry.chain.events();
    auto damaged = events[2];
    damaged.body.front() = '[';
    registry.send({events[0], events[1], damaged, events[3]});
    CHECK(registry.send({registry.other_version(2)}) == std::vector{EventOutcome::conflict});
    CHECK(registry.state() == store::DeviceState::quarantined);
    CHECK(registry.send({events[2]}) == std::vector{EventOutcome::stored});
}

TEST_CASE("F14: an edited event on a stick, its hash mended, does not bar the way of the true one") {
    Histories registry;
    registry.fill(4);
    const auto &events = registry.chain.events();
    CHECK(registry.bring({events[0], registry.forged(1), events[2], events[3]}) ==
          std::vector{EventOutcome::stored, EventOutcome::invalid, EventOutcome::not_tried, EventOutcome::not_tried});
    CHECK(registry.bring({events[1], events[2], events[3]}) == std::vector(3, EventOutcome::stored));
    CHECK(registry.state() == store::DeviceState::claimed);
}

TEST_CASE("F06: a forged beginning on a stick begins no chain, so that the true one is no second") {
    Histories registry;
    registry.fill(2);
    auto beginning = registry.beginning(kSecond, "adopted_salvage", 1, registry.head(1));
    beginning.signature = registry.chain.events()[0].signature;
    CHECK(registry.send(kSecond, {beginning}, registry::ingest::Sender::anybody) == std::vector{EventOutcome::invalid});
    CHECK(registry.send(registry.chain.events()) == std::vector(2, EventOutcome::stored));
    CHECK(registry.state() == store::DeviceState::claimed);
    CHECK(registry.alarms().empty());
}

TEST_CASE("F18: damaged events on a stick stop nothing when a sound one behind them signed where they stood") {
    Histories registry;
    registry.fill(5);
    auto events = registry.chain.events();
    events[1].body.clear();
    events[2].body.front() = '[';
    CHECK(registry.bring(events) == std::vector{EventOutcome::stored, EventOutcome::invalid, EventOutcome::invalid,
                                                EventOutcome::stored, EventOutcome::stored});
    CHECK(registry.bring({registry.chain.events()[2], registry.chain.events()[1]}) ==
          std::vector(2, EventOutcome::stored));
    CHECK(registry.alarms().empty());
}

TEST_CASE("F06: an event that contradicts the one before a place where nothing sound is held is a second history") {
    Histories registry;
    registry.fill(3);
    auto damaged = registry.chain.events()[2];
    damaged.body.front() = '[';
    registry.send({registry.chain.events()[0], registry.chain.events()[1], damaged});
    const auto other =
        registry.event_of(registry.chain.chain(), 3, registry.chain.events()[0].hash, record::EventKind::heartbeat, {});
    CHECK(registry.send({other}) == std::vector{EventOutcome::conflict});
    CHECK(registry.state() == store::DeviceState::quarantined);
}

TEST_CASE("F06: an operator's release ends the quarantine, with its reason and date; the same events do not renew it") {
    Histories registry;
    registry.fill(2);
    registry.send(registry.chain.events());
    const auto other = registry.other_version(1);
    registry.send({other});
    const auto admin = registry.add_token("admin", "i-1");
    const std::string path = "/v1/devices/" + registry.device.id.str();
    CHECK(registry.ask("POST", path + "/release", admin, R"({"reason":""})").status == 400);
    CHECK(registry.state() == store::DeviceState::quarantined);
    CHECK(registry.ask("POST", path + "/release", admin, R"({"reason":"test card, destroyed"})").status == 200);
    CHECK(registry.state() == store::DeviceState::claimed);
    registry.send({other});
    CHECK(registry.state() == store::DeviceState::claimed);
    const auto devices = registry.get("/v1/devices", admin);
    const auto &decisions = devices.at("devices").at(0).at("decisions").as_array();
    REQUIRE(decisions.size() == 2);
    CHECK(decisions[0].at("decision").as_string() == "quarantined");
    CHECK(decisions[1].at("reason").as_string() == "test card, destroyed");
    CHECK(decisions[1].at("by").as_string() == "test");
}

TEST_CASE("F06: a salvage that names the old head is flagged, not quarantined") {
    Histories registry;
    registry.fill(4);
    registry.send({registry.chain.events()[0], registry.chain.events()[1]});
    SUBCASE("the head that is held") {
        CHECK(registry.send(kSecond, {registry.beginning(kSecond, "adopted_salvage", 2, registry.head(2))}) ==
              std::vector{EventOutcome::stored});
        CHECK(registry.alarms() == std::vector<std::string>{"salvaged"});
    }
    SUBCASE("one that has not come yet") {
        registry.send(kSecond, {registry.beginning(kSecond, "adopted_salvage", 4, registry.head(4))});
        CHECK(registry.send({registry.chain.events()[2], registry.chain.events()[3]}) ==
              std::vector{EventOutcome::stored, EventOutcome::stored});
        CHECK(registry.alarms() == std::vector<std::string>{"salvaged"});
    }
    SUBCASE("one that the terminal lost the rest of") {
        registry.send(kSecond, {registry.beginning(kSecond, "adopted_salvage", 1, registry.head(1))});
        CHECK(registry.alarms() == std::vector<std::string>{"salvaged_behind_receipt"});
    }
    CHECK(registry.flags(kSecond) == "salvaged");
    CHECK(registry.state() == store::DeviceState::claimed);
}

TEST_CASE("F06: any other new chain quarantines: rolled back, journal lost, an unknown head, no name at all") {
    Histories registry;
    registry.fill(3);
    registry.send(registry.chain.events());
    SUBCASE("rolled back") {
        registry.send(kSecond, {registry.beginning(kSecond, "rolled_back", 2, registry.head(2))});
        CHECK(registry.flags(kSecond) == "rolled_back");
        CHECK(registry.alarms() == std::vector<std::string>{"rolled_back"});
    }
    SUBCASE("the journal was deleted") {
        registry.send(kSecond, {registry.beginning(kSecond, "journal_lost", 3, registry.head(3))});
        CHECK(registry.flags(kSecond) == "rolled_back");
    }
    SUBCASE("a salvage of another history") {
        registry.send(kSecond, {registry.beginning(kSecond, "adopted_salvage", 3, std::string(64, 'a'))});
        CHECK(registry.flags(kSecond) == "unrelated");
    }
    SUBCASE("no name") {
        registry.send(kSecond, {registry.event_of(kSecond, 1, Sha256{}, record::EventKind::heartbeat, {})});
        CHECK(registry.flags(kSecond) == "unrelated");
        CHECK(registry.alarms() == std::vector<std::string>{"unrelated_chain"});
    }
    CHECK(registry.state() == store::DeviceState::quarantined);
}

TEST_CASE("F05: an old chain goes on behind events that its device declared lost, and only behind those") {
    Histories registry;
    registry.fill(9);
    const auto &events = registry.chain.events();
    registry.send({events[0], events[1]});
    CHECK(registry.send({events[4]}) == std::vector{EventOutcome::not_tried});
    const std::vector<record::LostEvents> lost{{registry.chain.chain(), {{3, 4}, {7, 7}}}};
    registry.send(kSecond, {registry.beginning(kSecond, "adopted_salvage", 9, registry.head(9), lost)});
    CHECK(registry.send({events[5]}) == std::vector{EventOutcome::not_tried}); // event 5 is not lost
    CHECK(registry.send({events[4], events[5], events[7], events[8]}) == std::vector(4, EventOutcome::stored));
    CHECK(registry.state() == store::DeviceState::claimed);
}

TEST_CASE("F05: a lesson of the time that is lost stays open; one before and one after are decided") {
    Histories registry;
    const auto closed = [](const std::string &lesson, std::int64_t end_ms) {
        record::LessonClosed event;
        event.training_class = ClassId("c-1");
        event.lesson = LessonId(lesson);
        event.room = RoomId("r-1");
        event.window_end_ms = end_ms;
        return record::to_json(event);
    };
    const auto at = [&](record::EventKind kind, json::Object data, std::int64_t wall_ms) {
        auto body = registry.chain.next_body(kind, std::move(data));
        body.at.wall_ms = wall_ms;
        registry.chain.append(body);
    };
    at(record::EventKind::boot, {}, kStart - 30 * 60'000);
    bool first_open = false, second_open = false;
    std::int64_t salvaged_ms = 0;
    SUBCASE("lost in the first lesson") {
        at(record::EventKind::heartbeat, {}, kStart + 1);
        salvaged_ms = kEnd - 60'000;
        first_open = true;
    }
    SUBCASE("lost between the lessons") {
        at(record::EventKind::lesson_closed, closed("l-1", kEnd + kWindow), kEnd + kWindow + 1);
        salvaged_ms = kEnd + 3 * 3'600'000;
    }
    SUBCASE("lost in the second lesson") {
        at(record::EventKind::lesson_closed, closed("l-1", kEnd + kWindow), kEnd + kWindow + 1);
        at(record::EventKind::heartbeat, {}, kStart + kDay + 1);
        salvaged_ms = kStart + kDay + 60'000;
        second_open = true;
    }
    const auto count = registry.chain.events().size();
    registry.send(registry.chain.events());
    const auto boot = registry.beginning(kSecond, "adopted_salvage", static_cast<record::Sequence>(count),
                                         registry.head(count), {}, salvaged_ms);
    const auto first = registry.event_of(kSecond, 2, boot.hash, record::EventKind::lesson_closed,
                                         closed("l-1", kEnd + kWindow), kEnd + kDay + kWindow + 1);
    const auto second = registry.event_of(kSecond, 3, first.hash, record::EventKind::lesson_closed,
                                          closed("l-2", kEnd + kDay + kWindow), kEnd + kDay + kWindow + 2);
    registry.send(kSecond, {boot, first, second});
    CHECK((registry.delivery("l-1") == rules::Delivery::outstanding) == first_open);
    CHECK((registry.delivery("l-2") == rules::Delivery::outstanding) == second_open);
}

TEST_CASE("F25: an event moved to another device, chain, seq, kind or suite is refused") {
    Histories registry;
    registry.fill(3);
    const auto &events = registry.chain.events();
    registry.send({events[0]});
    const auto refused = [&](record::StoredEvent event, const ChainId &chain) {
        return registry.send(chain, {std::move(event)}) == std::vector{EventOutcome::invalid};
    };
    const auto edited = [&](const std::string &from, const std::string &to) { // hash mended, signature kept
        record::StoredEvent event = events[1];
        event.body.replace(event.body.find(from), from.size(), to);
        event.hash = identity::link_hash(event.prev, event.body);
        return event;
    };
    SUBCASE("device, in the body") {
        const test::EventChain other;
        CHECK(refused(edited(registry.device.id.str(), other.device().str()), registry.chain.chain()));
    }
    SUBCASE("another device's, signed by its key") {
        test::EventChain other;
        auto body = other.next_body();
        body.seq = 2;
        body.device = registry.device.id;
        body.chain = registry.chain.chain();
        record::StoredEvent event = other.sign(body, record::write_body(body).value());
        event.prev = events[0].hash;
        event.hash = identity::link_hash(event.prev, event.body);
        event.signature = other.signer().sign(identity::signed_message(event.prev, event.body)).value();
        CHECK(refused(event, registry.chain.chain()));
    }
    SUBCASE("chain") {
        record::StoredEvent event = events[0];
        CHECK(refused(event, kSecond));
    }
    SUBCASE("seq, in the column only") {
        record::StoredEvent event = events[2];
        event.seq = 2;
        event.prev = events[0].hash;
        event.hash = identity::link_hash(event.prev, event.body);
        CHECK(refused(event, registry.chain.chain()));
    }
    SUBCASE("seq, in the body too") {
        CHECK(refused(edited("\"seq\":2", "\"seq\":3"), registry.chain.chain()));
    }
    SUBCASE("kind") {
        record::StoredEvent event = edited("\"kind\":\"heartbeat\"", "\"kind\":\"punch\"");
        event.kind = "punch";
        CHECK(refused(event, registry.chain.chain()));
    }
    SUBCASE("suite") {
        CHECK(refused(edited("\"suite\":1", "\"suite\":2"), registry.chain.chain()));
    }
}
