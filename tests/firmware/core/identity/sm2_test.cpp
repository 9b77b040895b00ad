#include <algorithm>
#include <array>

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/identity/signed_document.hpp"
#include "tests/support/openssl_command.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::identity;

namespace {

std::string sm3(std::string_view message) {
    std::array<std::uint8_t, 32> digest{};
    std::size_t size = 0;
    REQUIRE(EVP_Q_digest(nullptr, "SM3", nullptr, message.data(), message.size(), digest.data(), &size) == 1);
    return hex(digest);
}

/// GB/T 32918.5-2017, annex A.2: the public key as SubjectPublicKeyInfo (id-ecPublicKey, curve 1.2.156.10197.1.301).
const std::string kX = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020";
const std::string kY = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";

std::string pem_of(const std::string &der) {
    std::string text = base64(parse_hex(der).value());
    text.insert(text.size() > 64 ? 64 : text.size(), "\n");
    return "-----BEGIN PUBLIC KEY-----\n" + text + "\n-----END PUBLIC KEY-----\n";
}

PublicKey standard_key() {
    return PublicKey::from_pem(pem_of("3059301306072a8648ce3d020106082a811ccf5501822d03420004" + kX + kY)).value();
}

/// r and s, each with its highest bit set and so with a zero before it (DER).
Bytes signature_of(const std::string &r, const std::string &s) {
    return parse_hex("3046022100" + r + "022100" + s).value();
}

const std::string kR = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3";
const std::string kS = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

} // namespace

TEST_CASE("sm2: SM3 gives the examples of GB/T 32905") {
    CHECK(sm3("abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    std::string repeated;
    for (int i = 0; i < 16; ++i) {
        repeated += "abcd";
    }
    CHECK(sm3(repeated) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

TEST_CASE("sm2: the signature example of GB/T 32918.5 holds under the id 1234567812345678") {
    const PublicKey key = standard_key();
    CHECK(key.suite() == 2);
    const ByteView message = as_bytes("message digest");
    CHECK(key.verify(message, signature_of(kR, kS)).has_value());
    CHECK(key.verify(as_bytes("message digesu"), signature_of(kR, kS)).error().code == ErrorCode::denied);
    CHECK(key.verify(message, signature_of(kS, kR)).error().code == ErrorCode::denied);
    // The same point compressed is the same key with another fingerprint: refused.
    const auto compressed = PublicKey::from_pem(pem_of("3039301306072a8648ce3d020106082a811ccf5501822d03220003" + kX));
    CHECK(compressed.error().code == ErrorCode::unsupported);
}

TEST_CASE("sm2: a key of suite 2 is made once, found again, and is never taken for one of suite 1") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "signing.key";
    const auto first = open_or_create_signer(path, Suite::sm2_sm3).value();
    const auto second = open_or_create_signer(path, Suite::sm2_sm3).value();
    CHECK(first->suite() == 2);
    CHECK(first->public_key_pem() == second->public_key_pem());
    const auto other = open_or_create_signer(path, Suite::p256_sha256);
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().code == ErrorCode::unsupported);
    CHECK(other.error().message.find("key of suite sm2-sm3; p256-sha256 expected") != std::string::npos);
}

TEST_CASE("sm2: a signature holds for its message and its key only, and the id is part of it") {
    const test::TemporaryDirectory directory;
    const auto signer = open_or_create_signer(directory / "a.key", Suite::sm2_sm3).value();
    const auto other = open_or_create_signer(directory / "b.key", Suite::sm2_sm3).value();
    const auto key = PublicKey::from_pem(signer->public_key_pem()).value();
    const Bytes signature = signer->sign(as_bytes("message")).value();
    CHECK(key.verify(as_bytes("message"), signature).has_value());
    CHECK(key.verify(as_bytes("message"), signature).has_value()); // a key verifies more than once
    CHECK(key.verify(as_bytes("messagf"), signature).error().code == ErrorCode::denied);
    CHECK(key.verify(as_bytes("message"), other->sign(as_bytes("message")).value()).error().code == ErrorCode::denied);
    CHECK(key.verify(as_bytes("message"), Bytes{}).error().code == ErrorCode::denied);
    CHECK(key.verify({}, signer->sign({}).value()).has_value());

    test::put_file(directory / "message", as_bytes("message"));
    test::put_file(directory / "signature", signature);
    test::put_file(directory / "public.pem", as_bytes(signer->public_key_pem()));
    const std::string check = " -verify " + (directory / "public.pem").string() + " -signature " +
                              (directory / "signature").string() + " " + (directory / "message").string();
    CHECK(test::openssl("dgst -sm3 -sigopt distid:1234567812345678" + check) == "Verified OK\n");
    CHECK(test::openssl("dgst -sm3 -sigopt distid:another" + check).find("Verified OK") == std::string::npos);
}

TEST_CASE("sm2: openssl's command signs what we verify") {
    const test::TemporaryDirectory directory;
    const auto path = (directory / "k.pem").string();
    test::openssl("genpkey -algorithm SM2 -out " + path);
    test::openssl("pkey -pubout -in " + path + " -out " + path + ".pub");
    test::put_file(directory / "message", as_bytes("prev || body"));
    test::openssl("dgst -sm3 -sigopt distid:1234567812345678 -sign " + path + " -out " + path + ".sig " +
                  (directory / "message").string());
    const auto key = PublicKey::from_pem(read_file(path + ".pub", 9000).value()).value();
    CHECK(key.verify(as_bytes("prev || body"), as_bytes(read_file(path + ".sig", 9000).value())).has_value());
}

TEST_CASE("sm2: a receipt signed under suite 2 is verified") {
    const test::TemporaryDirectory directory;
    const auto signer = open_or_create_signer(directory / "registry.key", Suite::sm2_sm3).value();
    const auto key = PublicKey::from_pem(signer->public_key_pem()).value();
    const Receipt receipt{DeviceId("d-1"), ChainId("c-1"), 7, sha256(as_bytes("head")), 7, 1'788'200'000'000};
    const SignedDocument document = sign_receipt(*signer, receipt).value();
    CHECK(open_receipt(key, document).value() == receipt);
    SignedDocument changed = document;
    changed.payload[changed.payload.find("through_seq\":7") + 13] = '8';
    CHECK(open_receipt(key, changed).error().code == ErrorCode::denied);
}

TEST_CASE("sm2: suites have names in the configuration") {
    CHECK(parse_suite("p256-sha256") == Suite::p256_sha256);
    CHECK(parse_suite(to_string(Suite::sm2_sm3)) == Suite::sm2_sm3);
    CHECK_FALSE(parse_suite("rsa").has_value());
}
