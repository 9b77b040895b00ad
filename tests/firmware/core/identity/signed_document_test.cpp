#include "firmware/core/identity/signed_document.hpp"

#include <doctest/doctest.h>

#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::identity;

namespace {

struct Registry {
    test::TemporaryDirectory directory;
    std::unique_ptr<Signer> signer = open_or_create_signer(directory / "registry.key").value();
    PublicKey key = PublicKey::from_pem(signer->public_key_pem()).value();
};

Receipt a_receipt() {
    return {DeviceId("d-1"), ChainId("c-1"), 12, sha256(as_bytes("head")), 12, 1'788'200'000'000};
}

} // namespace

TEST_CASE("signed document: it survives being written and read") {
    const Registry registry;
    const auto document = sign_document(*registry.signer, "purpose-a", "{\"name\":\"\u5f20\u4e09\"}\n\"\\").value();
    const auto again = read_document(write_document(document), 4096);
    REQUIRE(again.has_value());
    CHECK(again->payload == document.payload);
    CHECK(verify_document(registry.key, "purpose-a", *again).has_value());
}

TEST_CASE("signed document: another purpose, payload or key is denied") {
    const Registry registry;
    const Registry stranger;
    auto document = sign_document(*registry.signer, "purpose-a", "payload").value();
    CHECK(verify_document(registry.key, "purpose-b", document).error().code == ErrorCode::denied);
    CHECK(verify_document(stranger.key, "purpose-a", document).error().code == ErrorCode::denied);
    document.payload += " ";
    CHECK(verify_document(registry.key, "purpose-a", document).error().code == ErrorCode::denied);
}

TEST_CASE("signed document: malformed text is refused") {
    CHECK(read_document(std::string(101, ' '), 100).error().code == ErrorCode::too_large);
    for (const std::string_view text :
         {"", "{}", "[]", R"({"payload":"x"})", R"({"payload":"x","signature":"*"})", R"({"payload":1,"signature":""})",
          R"({"payload":"x","signature":"AA==","more":1})"}) {
        CAPTURE(text);
        CHECK(read_document(text, 100).error().code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("receipt: it reads back, and is never taken for another document") {
    const Registry registry;
    const auto document = sign_receipt(*registry.signer, a_receipt()).value();
    CHECK(open_receipt(registry.key, document).value() == a_receipt());
    const auto forged = sign_document(*registry.signer, "xueshi-roster-v1", document.payload).value();
    CHECK(open_receipt(registry.key, forged).error().code == ErrorCode::denied);
}

TEST_CASE("receipt: signed nonsense is refused with its field") {
    const Registry registry;
    const auto refusal = [&](std::string payload) {
        const auto document = sign_document(*registry.signer, "xueshi-receipt-v1", std::move(payload)).value();
        return open_receipt(registry.key, document).error().message;
    };
    CHECK(refusal("[]").find("receipt") != std::string::npos);
    const std::string hash = hex(sha256(as_bytes("head")));
    CHECK(refusal(R"({"device":"d","chain":"c","through_seq":-1,"head_hash":")" + hash + R"(","count":1,"wall_ms":1})")
              .find("through_seq") != std::string::npos);
    CHECK(refusal(R"({"device":"d","chain":"c","through_seq":1,"head_hash":"00","count":1,"wall_ms":1})")
              .find("head_hash") != std::string::npos);
}
