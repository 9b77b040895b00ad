#include <doctest/doctest.h>

#include "daemon/registry/ingest/ingest.hpp"
#include "daemon/registry/store/tokens.hpp"
#include "tests/support/registry.hpp"

using namespace xueshi;
namespace devices = xueshi::registry::devices;
namespace store = xueshi::registry::store;
using wire::EventOutcome;

namespace {

/// A registry that has given out the token "one", and a device with a key of the suite.
struct SuiteFixture : test::RegistryFixture {
    explicit SuiteFixture(identity::Suite suite) : chain(suite) {
        store::DeviceToken row;
        row.institution = InstitutionId("i-1");
        row.hash = hex(sha256(as_bytes("one")));
        row.room = RoomId("r-1");
        row.expires_ms = clock.now().wall_ms + 3'600'000;
        in_transaction([&](store::Session &session) { store::add_device_token(session, row); });
    }

    http::Response claim(const wire::ClaimRequest &request) {
        devices::Claims claims(*store, *authority, directory_of_devices,
                               devices::RegistryKeys{signer->public_key_pem(), envelope.public_key_pem()}, clock);
        http::Request http_request;
        http_request.body = wire::write(request);
        return test::run(claims.claim(http_request));
    }
    store::Device device() {
        store::Device found;
        in_transaction([&](store::Session &session) { found = store::find_device(session, chain.device()).value(); });
        return found;
    }
    wire::BatchAnswer send(const std::vector<record::StoredEvent> &events) {
        wire::EventBatch batch;
        batch.chain = chain.chain();
        batch.events = events;
        http::Request request;
        request.body = wire::write(batch);
        registry::ingest::Ingest ingest(*store, *signer, clock, policy);
        return wire::read_batch_answer(test::run(ingest.post(device(), request)).body).value();
    }

    devices::Directory directory_of_devices;
    rules::CountingPolicy policy;
    test::EventChain chain;
};

} // namespace

TEST_CASE("suite: a device with an SM2 key claims, and its events are verified with SM2 and stored") {
    SuiteFixture registry(identity::Suite::sm2_sm3);
    CHECK(registry.claim(registry.claim_request(registry.chain, "one")).status == 200);
    CHECK(registry.device().suite == 2);
    registry.chain.append();
    record::StoredEvent bad = registry.chain.append();
    bad.signature[12] ^= 1;
    const auto answer = registry.send({registry.chain.events()[0], registry.chain.events()[1]});
    REQUIRE(answer.results.size() == 2);
    CHECK(answer.results[0].outcome == EventOutcome::stored);
    CHECK(answer.results[1].outcome == EventOutcome::stored);
    CHECK(answer.accepted_through == 2);
}

TEST_CASE("F25: an event that names another suite than its device claimed with is invalid") {
    for (const auto suite : {identity::Suite::p256_sha256, identity::Suite::sm2_sm3}) {
        SuiteFixture registry(suite);
        REQUIRE(registry.claim(registry.claim_request(registry.chain, "one")).status == 200);
        record::EventBody body = registry.chain.next_body();
        body.suite = 3 - body.suite;
        registry.chain.append(body);
        registry.chain.append();
        const auto answer = registry.send(registry.chain.events());
        REQUIRE(answer.results.size() == 2);
        CHECK(answer.results[0].outcome == EventOutcome::invalid);
        CHECK(answer.results[0].reason.find("suite") != std::string::npos);
        CHECK(answer.results[1].outcome == EventOutcome::stored); // the chain goes on behind it
    }
}

TEST_CASE("F25: a claim that names another suite than its key has is refused") {
    SuiteFixture registry(identity::Suite::sm2_sm3);
    auto request = registry.claim_request(registry.chain, "one");
    request.suite = 1;
    const auto response = registry.claim(request);
    CHECK(response.status == 400);
    CHECK(response.body.find("suite") != std::string::npos);
}

TEST_CASE("suite: an SM2 claim's proof must be by the key itself") {
    SuiteFixture registry(identity::Suite::sm2_sm3);
    const test::EventChain other(identity::Suite::sm2_sm3);
    auto request = registry.claim_request(registry.chain, "one");
    request.proof = registry.claim_request(other, "one").proof;
    CHECK(registry.claim(request).status == 403);
}
