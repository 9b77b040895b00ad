#include <doctest/doctest.h>

#include "daemon/registry/store/tokens.hpp"
#include "tests/support/registry.hpp"

using namespace xueshi;
namespace devices = xueshi::registry::devices;
namespace store = xueshi::registry::store;

namespace {

struct ClaimsFixture : test::RegistryFixture {
    devices::Directory directory_of_devices;
    devices::Claims claims{*store, *authority, directory_of_devices,
                           devices::RegistryKeys{signer->public_key_pem(), envelope.public_key_pem()}, clock};
    test::EventChain chain;

    http::Response ask(const wire::ClaimRequest &request, const std::string &peer = "192.0.2.1:40000") {
        http::Request http_request;
        http_request.peer = peer;
        http_request.body = wire::write(request);
        return test::run(claims.claim(http_request));
    }
    Expected<DeviceId> approve(const std::string &code) {
        const std::function<Expected<DeviceId>(store::Session &)> work = [&](store::Session &session) {
            return claims.approve(session, code, InstitutionId("i-1"), RoomId("r-1"));
        };
        return store->transact<DeviceId>(work);
    }
    std::int64_t waiting() {
        std::int64_t count = 0;
        in_transaction([&](store::Session &session) { count = store::pending_claims(session); });
        return count;
    }
    /// Claims without a token, of devices that nobody knows; `peer` gives each one's address.
    void crowd(int devices, const std::function<std::string(int)> &peer) {
        for (int i = 0; i < devices; ++i) {
            clock.advance(1);
            const test::EventChain stranger;
            REQUIRE(ask(claim_request(stranger), peer(i)).status == 202);
        }
    }
    void add_token(const std::string &token, std::int64_t valid_ms = 3'600'000, const std::string &room = "r-1") {
        store::DeviceToken row;
        row.institution = InstitutionId("i-1");
        row.hash = hex(sha256(as_bytes(token)));
        row.room = RoomId(room);
        row.expires_ms = clock.now().wall_ms + valid_ms;
        in_transaction([&](store::Session &session) { store::add_device_token(session, row); });
    }
};

} // namespace

TEST_CASE("claim: a one-time token is approved at once, and its device is in the gate's directory") {
    ClaimsFixture registry;
    registry.add_token("one");
    const auto response = registry.ask(registry.claim_request(registry.chain, "one"));
    REQUIRE(response.status == 200);
    const auto answer = wire::read_claim_answer(response.body).value();
    CHECK(answer.device == registry.chain.device());
    CHECK(answer.ca_pem == registry.authority->ca_pem());
    CHECK(answer.registry_key_pem == registry.signer->public_key_pem());
    http::Request request;
    request.client_certificate_pem = answer.certificate_pem;
    CHECK(devices::authenticate(registry.directory_of_devices, request));
}

TEST_CASE("F13: a device that claims again with the same request gets the same answer") {
    ClaimsFixture registry;
    registry.add_token("one");
    const auto request = registry.claim_request(registry.chain, "one");
    const auto first = registry.ask(request);
    registry.clock.advance(7'200'000); // the token is expired by now
    CHECK(registry.ask(request).body == first.body);
}

TEST_CASE(
    "F25: a captured claim, sent again after the device renewed its certificate, is refused and changes nothing") {
    ClaimsFixture registry;
    registry.add_token("one");
    auto captured = registry.claim_request(registry.chain, "one");
    REQUIRE(registry.ask(captured).status == 200);
    captured.token.clear();
    for (int renewals = 0; renewals < 2; ++renewals) {
        std::filesystem::remove(registry.directory / (registry.chain.device().str() + ".tls.key"));
        const auto newest = registry.claim_request(registry.chain);
        const auto renewed = registry.ask(newest);
        REQUIRE(renewed.status == 200);
        const auto replayed = registry.ask(captured);
        CHECK(replayed.status == 409);
        CHECK(replayed.body.find("a newer one took its place") != std::string::npos);
        CHECK(registry.ask(newest).body == renewed.body);
        http::Request request;
        request.client_certificate_pem = wire::read_claim_answer(renewed.body).value().certificate_pem;
        CHECK(devices::authenticate(registry.directory_of_devices, request));
    }
}

TEST_CASE("claim: a token serves one device, in its time") {
    ClaimsFixture registry;
    registry.add_token("one");
    registry.add_token("late", -1);
    REQUIRE(registry.ask(registry.claim_request(registry.chain, "one")).status == 200);
    const test::EventChain other;
    CHECK(registry.ask(registry.claim_request(other, "one")).status == 403);
    CHECK(registry.ask(registry.claim_request(other, "late")).status == 403);
    CHECK(registry.ask(registry.claim_request(other, "forged")).status == 403);
}

TEST_CASE("claim: the signing key's proof and the request's own signature must hold") {
    ClaimsFixture registry;
    registry.add_token("one");
    const test::EventChain other;
    auto request = registry.claim_request(registry.chain, "one");
    auto stolen = request;
    stolen.signing_key_pem = other.signer().public_key_pem();
    CHECK(registry.ask(stolen).status == 403);

    auto tampered = request;
    const auto line = tampered.certificate_request_pem.find('\n') + 60;
    tampered.certificate_request_pem[line] = tampered.certificate_request_pem[line] == 'A' ? 'B' : 'A';
    const std::string message = std::string(wire::kProofPurpose) + "\n" + tampered.certificate_request_pem;
    tampered.proof = registry.chain.signer().sign(as_bytes(message)).value();
    const auto status = registry.ask(tampered).status;
    CHECK((status == 400 || status == 403));

    CHECK(registry.ask(request).status == 200); // nothing of that used the token up
}

TEST_CASE("claim: without a token the device shows a code until an operator approves it") {
    ClaimsFixture registry;
    const auto request = registry.claim_request(registry.chain);
    const auto waiting = registry.ask(request);
    REQUIRE(waiting.status == 202);
    const std::string code = wire::read_claim_answer(waiting.body).value().code;
    CHECK(code.size() == 6);
    CHECK(wire::read_claim_answer(registry.ask(request).body).value().code == code);

    CHECK(!registry.approve("WRONG2"));
    CHECK(registry.approve(code).value() == registry.chain.device());
    CHECK(registry.ask(request).status == 200);
    CHECK(!registry.approve(code));
}

TEST_CASE("claim: however many others ask from elsewhere, a device gets a code, and the oldest gives way") {
    ClaimsFixture registry;
    const auto first = registry.claim_request(registry.chain);
    const auto first_code = wire::read_claim_answer(registry.ask(first).body).value().code;
    registry.crowd(210,
                   [](int i) { return "198.51.100." + std::to_string(i % 250) + ":" + std::to_string(1'000 + i); });
    CHECK(registry.waiting() == 200);
    CHECK(!registry.approve(first_code));
    const auto again = registry.ask(first);
    REQUIRE(again.status == 202);
    CHECK(registry.approve(wire::read_claim_answer(again.body).value().code).value() == registry.chain.device());
}

TEST_CASE("claim: an address that asks for many devices takes the place of none of another's") {
    ClaimsFixture registry;
    const auto code = wire::read_claim_answer(registry.ask(registry.claim_request(registry.chain)).body).value().code;
    registry.crowd(220, [](int i) { return "198.51.100.7:" + std::to_string(1'000 + i); });
    CHECK(registry.waiting() == 1 + 50);
    CHECK(registry.approve(code).value() == registry.chain.device());
}

TEST_CASE("claim: a code is forgotten after a day") {
    ClaimsFixture registry;
    const auto code = wire::read_claim_answer(registry.ask(registry.claim_request(registry.chain)).body).value().code;
    registry.clock.advance(86'400'001);
    CHECK(!registry.approve(code));
}

TEST_CASE("claim: a revoked device and another institution's device are refused") {
    ClaimsFixture registry;
    registry.add_token("one");
    auto device = registry.admit(registry.chain);
    device.state = store::DeviceState::revoked;
    registry.in_transaction([&](store::Session &session) { store::save_device(session, device); });
    CHECK(registry.ask(registry.claim_request(registry.chain, "one")).status == 403);

    const test::EventChain other;
    registry.in_transaction(
        [](store::Session &session) { store::save_institution(session, {InstitutionId("i-2"), "another", "220200"}); });
    registry.admit(other, "i-2");
    CHECK(registry.ask(registry.claim_request(other, "one")).status == 409);
}

TEST_CASE("claim: malformed JSON and unknown members are 400") {
    ClaimsFixture registry;
    for (const char *body : {"", "{", "[]", R"({"surprise":1})"}) {
        http::Request request;
        request.body = body;
        CHECK(test::run(registry.claims.claim(request)).status == 400);
    }
}
