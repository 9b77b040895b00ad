#include "firmware/core/identity/chain.hpp"

#include <doctest/doctest.h>

#include "tests/support/event_chain.hpp"
#include "tests/support/openssl_command.hpp"

using namespace xueshi;
using namespace xueshi::identity;

namespace {

ChainVerifier verifier_of(const test::EventChain &chain) {
    return {chain.key(), chain.device(), chain.chain()};
}

/// Feeds a changed second event after a good first one; the verifier must not move.
ErrorCode refusal(const test::EventChain &chain, const record::StoredEvent &second) {
    ChainVerifier verifier = verifier_of(chain);
    REQUIRE(verifier.feed(chain.events()[0]).has_value());
    const auto fed = verifier.feed(second);
    REQUIRE_FALSE(fed.has_value());
    CHECK(fed.error().message.find("event ") == 0);
    CHECK(verifier.head_seq() == 1);
    CHECK(verifier.head_hash() == chain.events()[0].hash);
    return fed.error().code;
}

} // namespace

TEST_CASE("chain: an unbroken chain holds from its start and from an acknowledged head") {
    test::EventChain chain;
    for (int i = 0; i < 4; ++i) {
        chain.append();
    }
    ChainVerifier all = verifier_of(chain);
    for (const auto &event : chain.events()) {
        CHECK(all.feed(event).has_value());
    }
    CHECK(all.head_seq() == 4);
    CHECK(all.head_hash() == chain.events().back().hash);
    ChainVerifier tail(chain.key(), chain.device(), chain.chain(), 2, chain.events()[1].hash);
    CHECK(tail.feed(chain.events()[2])->seq == 3);
}

TEST_CASE("chain: the openssl command verifies an event's signature over prev || body") {
    const test::TemporaryDirectory directory;
    test::EventChain chain;
    chain.append();
    const record::StoredEvent event = chain.append();
    test::put_file(directory / "message", signed_message(event.prev, event.body));
    test::put_file(directory / "signature", event.signature);
    test::put_file(directory / "public.pem", as_bytes(chain.key().pem()));
    CHECK(test::openssl("dgst -sha256 -verify " + (directory / "public.pem").string() + " -signature " +
                        (directory / "signature").string() + " " + (directory / "message").string()) ==
          "Verified OK\n");
    CHECK(test::openssl("dgst -sha256 -r " + (directory / "message").string()).starts_with(hex(event.hash)));
}

TEST_CASE("chain: a changed byte, column, order, hash or signature does not hold") {
    test::EventChain chain;
    chain.append();
    chain.append();
    chain.append();
    const record::StoredEvent good = chain.events()[1];
    record::StoredEvent bad = good;
    bad.body[bad.body.find("\"boot_ms\":2") + 10] = '3';
    CHECK(refusal(chain, bad) == ErrorCode::corrupt);
    bad.hash = link_hash(bad.prev, bad.body); // whoever recomputes the hash still lacks the key
    CHECK(refusal(chain, bad) == ErrorCode::denied);
    bad = good;
    bad.kind = "punch";
    CHECK(refusal(chain, bad) == ErrorCode::corrupt);
    bad = good;
    bad.id = Uuid::v7(5);
    CHECK(refusal(chain, bad) == ErrorCode::corrupt);
    bad = good;
    bad.hash[0] ^= 1;
    CHECK(refusal(chain, bad) == ErrorCode::corrupt);
    bad = good;
    bad.prev[0] ^= 1;
    CHECK(refusal(chain, bad) == ErrorCode::corrupt);
    bad = good;
    bad.signature[10] ^= 1;
    CHECK(refusal(chain, bad) == ErrorCode::denied);
    CHECK(refusal(chain, chain.events()[0]) == ErrorCode::corrupt); // twice
    CHECK(refusal(chain, chain.events()[2]) == ErrorCode::corrupt); // one left out
}

TEST_CASE("F25: an event of another device or another chain does not hold") {
    test::EventChain chain;
    chain.append();
    const auto second = [&](auto change) {
        record::EventBody body = chain.next_body();
        change(body);
        return chain.sign(body, record::write_body(body).value());
    };
    CHECK(refusal(chain, second([](auto &body) { body.device = DeviceId("d-other"); })) == ErrorCode::corrupt);
    CHECK(refusal(chain, second([](auto &body) { body.chain = ChainId(Uuid::v4().str()); })) == ErrorCode::corrupt);
}

TEST_CASE("F25: an event that names another suite than its device's key has does not hold") {
    for (const auto suite : {Suite::p256_sha256, Suite::sm2_sm3}) {
        test::EventChain chain(suite);
        chain.append();
        record::EventBody body = chain.next_body();
        for (const int other : {3 - body.suite, 3}) {
            body.suite = other;
            CHECK(refusal(chain, chain.sign(body, record::write_body(body).value())) == ErrorCode::corrupt);
        }
    }
}

TEST_CASE("chain: a chain of suite 2 (SM2 with SM3) holds, and not under a key of suite 1") {
    test::EventChain chain(Suite::sm2_sm3);
    const test::EventChain other;
    chain.append();
    record::StoredEvent bad = chain.append();
    ChainVerifier verifier = verifier_of(chain);
    for (const auto &event : chain.events()) {
        CHECK(verifier.feed(event)->suite == 2);
    }
    bad.signature[10] ^= 1;
    CHECK(refusal(chain, bad) == ErrorCode::denied);
    ChainVerifier wrong(other.key(), chain.device(), chain.chain());
    CHECK_FALSE(wrong.feed(chain.events()[0]).has_value());
}

TEST_CASE("chain: a signed body that is not canonical is corrupt") {
    test::EventChain chain;
    chain.append();
    const record::EventBody body = chain.next_body();
    CHECK(refusal(chain, chain.sign(body, record::write_body(body).value() + " ")) == ErrorCode::corrupt);
    CHECK(refusal(chain, chain.sign(body, "not JSON")) == ErrorCode::corrupt);
}
