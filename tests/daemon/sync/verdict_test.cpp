#include "daemon/sync/verdict.hpp"

#include <doctest/doctest.h>

#include "tests/daemon/sync/bench.hpp"

using namespace xueshi;
using wire::EventOutcome;

namespace {

wire::EventBatch batch(record::Sequence first, std::size_t count) {
    wire::EventBatch out;
    for (std::size_t i = 0; i < count; ++i) {
        out.events.emplace_back();
        out.events.back().seq = first + static_cast<record::Sequence>(i);
    }
    return out;
}
wire::BatchAnswer answer(record::Sequence first, const std::vector<EventOutcome> &outcomes,
                         record::Sequence accepted_through) {
    wire::BatchAnswer out;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        out.results.push_back({first + static_cast<record::Sequence>(i), outcomes[i], "why"});
    }
    out.accepted_through = accepted_through;
    out.receipt = identity::SignedDocument{"{}", Bytes{1}};
    return out;
}

} // namespace

TEST_CASE("verdict: the queue goes on behind the last event that was tried") {
    const auto all = sync::judge(batch(5, 3), answer(5, std::vector(3, EventOutcome::stored), 7));
    CHECK(all->cursor == 7);
    CHECK(all->rejected.empty());
    const auto some = sync::judge(
        batch(5, 3), answer(5, {EventOutcome::duplicate, EventOutcome::not_tried, EventOutcome::not_tried}, 5));
    CHECK(some->cursor == 5);
}

TEST_CASE("F14: conflict and invalid are handed out and passed by") {
    const auto verdict = sync::judge(
        batch(1, 4),
        answer(1, {EventOutcome::stored, EventOutcome::invalid, EventOutcome::conflict, EventOutcome::stored}, 4));
    CHECK(verdict->cursor == 4);
    REQUIRE(verdict->rejected.size() == 2);
    CHECK(verdict->rejected[0].seq == 2);
    CHECK(verdict->rejected[1].outcome == EventOutcome::conflict);
}

TEST_CASE("verdict: a gap begins again where the registry ends, never beyond what was sent") {
    CHECK(sync::judge(batch(10, 1), answer(10, {EventOutcome::not_tried}, 4))->cursor == 4);
    CHECK(sync::judge(batch(10, 1), answer(10, {EventOutcome::not_tried}, 9))->cursor == 9);
    CHECK(sync::judge(batch(10, 1), answer(10, {EventOutcome::not_tried}, 50))->cursor == 9);
}

TEST_CASE("verdict: an answer that does not fit the batch is corrupt") {
    const std::vector stored(2, EventOutcome::stored);
    CHECK(sync::judge(batch(1, 3), answer(1, stored, 2)).error().code == ErrorCode::corrupt);
    CHECK(sync::judge(batch(1, 2), answer(2, stored, 3)).error().code == ErrorCode::corrupt);
    CHECK(sync::judge(batch(1, 1), answer(1, stored, 2)).error().code == ErrorCode::corrupt);
    auto without = answer(1, stored, 2);
    without.receipt.reset();
    CHECK(sync::judge(batch(1, 2), without).error().code == ErrorCode::corrupt);
}

TEST_CASE("verdict: a receipt counts only when key, device, chain and head are right") {
    test::SyncBench bench;
    bench.source.append(5);
    identity::Receipt receipt;
    receipt.device = bench.device;
    receipt.chain = bench.chain;
    receipt.through_seq = 3;
    receipt.head_hash = bench.source.events[2].hash;
    auto chain = bench.source.chains().value().back();
    const auto check = [&](const identity::Receipt &given, const identity::Signer &signer) {
        const auto document = identity::sign_receipt(signer, given).value();
        return sync::check_receipt(bench.registry_key, document, chain, bench.source);
    };
    CHECK(check(receipt, *bench.registry_signer)->through_seq == 3);
    CHECK(check(receipt, *bench.device_signer).error().code == ErrorCode::denied);

    auto other = receipt;
    other.device = DeviceId("d-00000000000000000000");
    CHECK(check(other, *bench.registry_signer).error().code == ErrorCode::denied);
    other = receipt;
    other.chain = ChainId(Uuid::v4().str());
    CHECK(check(other, *bench.registry_signer).error().code == ErrorCode::denied);
    other = receipt;
    other.head_hash = bench.source.events[3].hash;
    CHECK(check(other, *bench.registry_signer).error().code == ErrorCode::conflict);
    other = receipt;
    other.through_seq = 6; // F06: the journal is older than what the registry holds
    CHECK(check(other, *bench.registry_signer).error().code == ErrorCode::conflict);
    chain.former = true; // F05: damage took it
    CHECK(check(other, *bench.registry_signer)->through_seq == 6);
}
