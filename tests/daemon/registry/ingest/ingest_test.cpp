#include <doctest/doctest.h>

#include <thread>

#include "daemon/registry/ingest/ingest.hpp"
#include "daemon/registry/store/alarms.hpp"
#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/events.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "firmware/core/record/bodies.hpp"
#include "tests/support/registry.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;
using wire::EventOutcome;

namespace {

record::Punch punch_of(const std::string &person) {
    record::Punch punch;
    punch.person = PersonId(person);
    punch.room = RoomId("r-1");
    punch.training_class = ClassId("c-1");
    punch.lesson = LessonId("l-1");
    return punch;
}

struct IngestFixture : test::RegistryFixture {
    test::EventChain chain;
    store::Device device = admit(chain);
    rules::CountingPolicy policy;
    identity::PublicKey key = identity::PublicKey::from_pem(signer->public_key_pem()).value();

    http::Response post(const std::string &body, const store::Device &from) {
        registry::ingest::Ingest ingest(*store, *signer, clock, policy);
        http::Request request;
        request.body = body;
        return test::run(ingest.post(from, request));
    }
    wire::BatchAnswer send(const std::vector<record::StoredEvent> &events) {
        wire::EventBatch batch;
        batch.chain = chain.chain();
        batch.events = events;
        const auto response = post(wire::write(batch), device);
        REQUIRE(response.status == 200);
        return wire::read_batch_answer(response.body).value();
    }
    std::vector<EventOutcome> outcomes(const std::vector<record::StoredEvent> &events) {
        std::vector<EventOutcome> found;
        for (const auto &result : send(events).results) {
            found.push_back(result.outcome);
        }
        return found;
    }
    std::vector<store::Event> stored() {
        std::vector<store::Event> events;
        in_transaction([&](store::Session &session) {
            events = store::chain_after(session, device.institution, device.id, chain.chain(), 0, 1000);
        });
        return events;
    }
    std::size_t alarms() {
        std::size_t count = 0;
        in_transaction([&](store::Session &session) { count = store::alarms_of(session, device.institution).size(); });
        return count;
    }
};

} // namespace

TEST_CASE("ingest: a chain is stored byte for byte, with positions in order and a receipt that holds") {
    IngestFixture registry;
    for (int i = 0; i < 5; ++i) {
        registry.chain.append();
    }
    const auto answer = registry.send(registry.chain.events());
    CHECK(answer.accepted_through == 5);
    REQUIRE(answer.receipt);
    const auto receipt = identity::open_receipt(registry.key, *answer.receipt).value();
    CHECK(receipt.device == registry.device.id);
    CHECK(receipt.through_seq == 5);
    CHECK(receipt.head_hash == registry.chain.events().back().hash);
    CHECK(receipt.count == 5);
    const auto stored = registry.stored();
    REQUIRE(stored.size() == 5);
    for (std::size_t i = 0; i < stored.size(); ++i) {
        CHECK(stored[i].event.body == registry.chain.events()[i].body);
        CHECK(stored[i].event.signature == registry.chain.events()[i].signature);
        CHECK(stored[i].position == static_cast<std::int64_t>(i) + 1);
    }
}

TEST_CASE("F12: the same event sent 100 times, concurrently, is one row with one answer") {
    IngestFixture registry;
    registry.chain.append();
    std::vector<std::thread> threads;
    std::vector<wire::BatchAnswer> answers(100);
    for (std::size_t t = 0; t < 10; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = t * 10; i < t * 10 + 10; ++i) {
                answers[i] = registry.send(registry.chain.events());
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(registry.stored().size() == 1);
    int first = 0;
    for (const auto &answer : answers) {
        first += answer.results.front().outcome == EventOutcome::stored ? 1 : 0;
        CHECK(answer.accepted_through == 1);
        CHECK(identity::open_receipt(registry.key, *answer.receipt).value().count == 1);
    }
    CHECK(first == 1);
    CHECK(registry.alarms() == 0);
}

TEST_CASE("F13: a resend after a lost acknowledgement gets duplicates and the receipt again") {
    IngestFixture registry;
    registry.chain.append();
    registry.chain.append();
    const auto first = registry.send(registry.chain.events());
    const auto again = registry.send(registry.chain.events());
    CHECK(again.results.front().outcome == EventOutcome::duplicate);
    CHECK(again.accepted_through == first.accepted_through);
    CHECK(identity::open_receipt(registry.key, *again.receipt).value() ==
          identity::open_receipt(registry.key, *first.receipt).value());
}

TEST_CASE("F14: the same id with another body is a conflict and one alarm; the stored row stays") {
    IngestFixture registry;
    const auto body = registry.chain.next_body();
    const auto original = registry.chain.sign(body, record::write_body(body).value());
    auto other_body = body;
    other_body.at.wall_ms += 1;
    const auto other = registry.chain.sign(other_body, record::write_body(other_body).value());
    CHECK(registry.outcomes({original}) == std::vector{EventOutcome::stored});
    for (int i = 0; i < 3; ++i) {
        CHECK(registry.outcomes({other}) == std::vector{EventOutcome::conflict});
    }
    CHECK(registry.alarms() == 1);
    REQUIRE(registry.stored().size() == 1);
    CHECK(registry.stored().front().event.body == original.body);
    CHECK(registry.outcomes({original}) == std::vector{EventOutcome::duplicate});
}

TEST_CASE("F14: an id used again further on in the chain is a conflict; the chain goes on behind it") {
    IngestFixture registry;
    registry.chain.append();
    auto body = registry.chain.next_body();
    body.id = registry.chain.events().front().id;
    const auto twice = registry.chain.sign(body, record::write_body(body).value());
    CHECK(registry.outcomes({registry.chain.events().front(), twice}) ==
          std::vector{EventOutcome::stored, EventOutcome::conflict});
    CHECK(registry.send({twice}).accepted_through == 2);
}

TEST_CASE("F18: one poison record is quarantined with its reason, the rest goes on, a resend gets the same answer") {
    IngestFixture registry;
    registry.chain.append();
    registry.chain.append();
    registry.chain.append();
    auto events = registry.chain.events();
    events[1].signature = events[0].signature;
    const auto answer = registry.send(events);
    CHECK(answer.results[1].outcome == EventOutcome::invalid);
    CHECK(!answer.results[1].reason.empty());
    CHECK(answer.results[2].outcome == EventOutcome::stored);
    CHECK(answer.accepted_through == 3);
    CHECK(identity::open_receipt(registry.key, *answer.receipt).value().count == 2);
    const auto again = registry.send(events);
    CHECK(again.results[1] == answer.results[1]);
    CHECK(registry.stored().size() == 2);
}

TEST_CASE("ingest: a withheld (empty) body is invalid and the chain goes on") {
    IngestFixture registry;
    registry.chain.append();
    registry.chain.append();
    auto events = registry.chain.events();
    events[0].body.clear();
    CHECK(registry.outcomes(events) == std::vector{EventOutcome::invalid, EventOutcome::stored});
}

TEST_CASE("ingest: events behind a gap are not tried, and come in once it is closed") {
    IngestFixture registry;
    for (int i = 0; i < 4; ++i) {
        registry.chain.append();
    }
    const auto &events = registry.chain.events();
    CHECK(registry.outcomes({events[0], events[2], events[3]}) ==
          std::vector{EventOutcome::stored, EventOutcome::not_tried, EventOutcome::not_tried});
    CHECK(registry.send({events[1], events[2], events[3]}).accepted_through == 4);
}

TEST_CASE("F25: an event of another device is refused on this one") {
    IngestFixture registry;
    test::EventChain other;
    other.append(record::EventKind::punch, record::to_json(punch_of("p-1")));
    CHECK(registry.outcomes(other.events()) == std::vector{EventOutcome::invalid});
    CHECK(registry.stored().empty());
}

TEST_CASE("F25: a captured request sent again a day later is deduplicated") {
    IngestFixture registry;
    registry.chain.append(record::EventKind::punch, record::to_json(punch_of("p-1")));
    CHECK(registry.outcomes(registry.chain.events()) == std::vector{EventOutcome::stored});
    registry.clock.advance(86'400'000);
    CHECK(registry.outcomes(registry.chain.events()) == std::vector{EventOutcome::duplicate});
    CHECK(registry.stored().size() == 1);
}

TEST_CASE("ingest: an event that follows another history is a conflict and an alarm") {
    IngestFixture registry;
    registry.chain.append();
    registry.send(registry.chain.events());
    auto body = registry.chain.next_body();
    auto text = record::write_body(body).value();
    auto event = registry.chain.sign(body, text);
    event.prev = sha256(as_bytes("another history"));
    event.hash = identity::link_hash(event.prev, text);
    event.signature = registry.chain.signer().sign(identity::signed_message(event.prev, text)).value();
    CHECK(registry.outcomes({event}) == std::vector{EventOutcome::conflict});
    CHECK(registry.alarms() == 1);
}

TEST_CASE("ingest: sources the policy does not allow, unknown trainees and unscheduled punches are kept and flagged") {
    IngestFixture registry;
    registry.chain.append(record::EventKind::punch, record::to_json(punch_of("p-1")));
    auto stranger = punch_of("nobody");
    stranger.lesson = LessonId();
    registry.chain.append(record::EventKind::punch, record::to_json(stranger));
    registry.send(registry.chain.events());
    auto stored = registry.stored();
    CHECK(stored[0].flags == "source_virtual");
    CHECK(stored[0].person == PersonId("p-1"));
    CHECK(stored[1].flags == "source_virtual unscheduled unknown_trainee");

    registry.policy.allow_virtual = true;
    registry.chain.append(record::EventKind::punch, record::to_json(punch_of("p-1")));
    registry.send({registry.chain.events().back()});
    CHECK(registry.stored().back().flags.empty());
}

TEST_CASE("ingest: what rests on an operator's word is flagged for the bureau") {
    IngestFixture registry;
    registry.policy.allow_virtual = true;
    auto manual = punch_of("p-1");
    manual.evidence = record::Evidence::manual;
    registry.chain.append(record::EventKind::punch, record::to_json(manual));
    manual.accommodation = "third_factor";
    registry.chain.append(record::EventKind::punch, record::to_json(manual));
    record::Enrolment enrolment{.person = PersonId("p-1"), .factor = "face", .from = "camera", .samples = 5};
    registry.chain.append(record::EventKind::enrolment, record::to_json(enrolment));
    enrolment.document = "file";
    enrolment.witnesses = {PersonId("p-2"), PersonId("p-3")};
    registry.chain.append(record::EventKind::enrolment, record::to_json(enrolment));
    enrolment.witnesses = {PersonId("p-2"), PersonId("0192f5a0-0000-7000-8000-000000000001")};
    registry.chain.append(record::EventKind::enrolment, record::to_json(enrolment));
    registry.send(registry.chain.events());
    const auto stored = registry.stored();
    CHECK(stored[0].flags == "manual");
    CHECK(stored[1].flags == "manual_accommodated");
    CHECK(stored[2].flags == "no_document no_witnesses");
    CHECK(stored[3].flags.empty());
    CHECK(stored[4].flags == "unknown_witness"); // somebody, for all that the registry knows
}

TEST_CASE("ingest: a kind nobody knows is stored and flagged") {
    IngestFixture registry;
    auto body = registry.chain.next_body();
    body.kind = "invented_tomorrow";
    const auto event = registry.chain.sign(body, record::write_body(body).value());
    CHECK(registry.outcomes({event}) == std::vector{EventOutcome::stored});
    CHECK(registry.stored().front().flags == "unknown_kind source_virtual");
}

TEST_CASE("F34: malformed, deep and empty batches are 400") {
    IngestFixture registry;
    for (const std::string &body : {std::string(), std::string("{"), std::string(100'000, '['),
                                    std::string(R"({"chain":"x","events":[],"more":1})")}) {
        CHECK(registry.post(body, registry.device).status == 400);
    }
}

namespace {

json::Object nonce_of(const identity::Signer &signer, const DeviceId &device, std::int64_t wall_ms) {
    identity::Nonce nonce;
    nonce.device = device;
    nonce.number = "00112233445566778899aabbccddeeff";
    nonce.wall_ms = wall_ms;
    return identity::nonce_data(identity::sign_nonce(signer, nonce).value());
}

} // namespace

TEST_CASE("ingest: events are known to be later than the newest nonce of ours before them in the chain") {
    using record::EventKind;
    IngestFixture registry;
    const auto now_ms = registry.clock.now().wall_ms;
    registry.chain.append();
    registry.chain.append(EventKind::nonce, nonce_of(*registry.signer, registry.device.id, now_ms - 9'000));
    registry.chain.append();
    registry.chain.append(EventKind::nonce,
                          nonce_of(*registry.signer, registry.device.id, now_ms - 20'000)); // kept back
    registry.chain.append(EventKind::nonce, nonce_of(*registry.signer, DeviceId("d-2"), now_ms - 1'000));
    registry.chain.append(EventKind::nonce, nonce_of(registry.chain.signer(), registry.device.id, now_ms - 1'000));
    registry.send(registry.chain.events());
    registry.chain.append();
    registry.send({registry.chain.events().back()}); // the chain remembers
    std::vector<std::int64_t> after;
    for (const auto &event : registry.stored()) {
        after.push_back(event.after_ms);
        CHECK(event.received_ms == now_ms);
    }
    CHECK(after == std::vector<std::int64_t>{0, now_ms - 9'000, now_ms - 9'000, now_ms - 9'000, now_ms - 9'000,
                                             now_ms - 9'000, now_ms - 9'000});
}

TEST_CASE(
    "F18: a withheld event that comes with its body later counts, once, in its place and no earlier than it was") {
    using record::EventKind;
    IngestFixture registry;
    const auto now_ms = registry.clock.now().wall_ms;
    registry.chain.append();
    registry.chain.append(EventKind::punch, record::to_json(punch_of("p-1")));
    registry.chain.append(EventKind::nonce, nonce_of(*registry.signer, registry.device.id, now_ms - 1'000));
    const auto &events = registry.chain.events();
    auto withheld = events;
    withheld[1].body.clear();
    CHECK(registry.outcomes(withheld) ==
          std::vector{EventOutcome::stored, EventOutcome::invalid, EventOutcome::stored});
    CHECK(registry.outcomes({withheld[1]}) == std::vector{EventOutcome::invalid});
    auto forged = events[1];
    forged.signature = events[0].signature;
    CHECK(registry.outcomes({forged}) == std::vector{EventOutcome::conflict});
    CHECK(registry.stored().size() == 2);

    const auto answer = registry.send(events);
    CHECK(answer.results[0].outcome == EventOutcome::duplicate);
    CHECK(answer.results[1].outcome == EventOutcome::stored);
    CHECK(answer.results[2].outcome == EventOutcome::duplicate);
    CHECK(answer.accepted_through == 3);
    CHECK(identity::open_receipt(registry.key, *answer.receipt).value().count == 3);
    const auto stored = registry.stored();
    REQUIRE(stored.size() == 3);
    CHECK(stored[1].event.body == events[1].body);
    CHECK(stored[1].person == PersonId("p-1"));
    CHECK(stored[1].position > stored[2].position); // who pulls by position gets it
    CHECK(stored[1].after_ms == 0);                 // the nonce came after it
    CHECK(registry.outcomes({events[1]}) == std::vector{EventOutcome::duplicate});
    registry.chain.append();
    CHECK(registry.outcomes({registry.chain.events().back()}) == std::vector{EventOutcome::stored});
    registry.in_transaction([&](store::Session &session) {
        CHECK(store::quarantined_links(session, registry.device.institution, registry.device.id, registry.chain.chain(),
                                       0, 10)
                  .empty());
    });
}

TEST_CASE("F10: a clock that calls itself synchronised and lies outside our nonces and receipts is flagged") {
    IngestFixture registry;
    const auto now_ms = registry.clock.now().wall_ms;
    const auto at = [&](std::int64_t wall_ms) {
        auto body = registry.chain.next_body();
        body.at.wall_ms = wall_ms;
        registry.chain.append(body);
    };
    registry.chain.append(record::EventKind::nonce, nonce_of(*registry.signer, registry.device.id, now_ms - 600'000));
    at(now_ms - 900'000);
    at(now_ms - 300'000);
    at(now_ms + 300'000);
    registry.send(registry.chain.events());
    const auto events = registry.stored();
    CHECK(store::has_flag(events[1], store::kClockContradicted));
    CHECK_FALSE(store::has_flag(events[2], store::kClockContradicted));
    CHECK(store::has_flag(events[3], store::kClockContradicted));
}
