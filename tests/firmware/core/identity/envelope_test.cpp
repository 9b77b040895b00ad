#include "firmware/core/identity/envelope.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/keys.hpp"
#include "tests/support/openssl_command.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::identity;

TEST_CASE("envelope: only the receiver opens it, and every copy looks different") {
    const test::TemporaryDirectory directory;
    const auto receiver = EnvelopeKey::open_or_create(directory / "a.key").value();
    const auto other = EnvelopeKey::open_or_create(directory / "b.key").value();
    for (const std::string &plain : {std::string(), std::string("x"), std::string(300'000, '\0')}) {
        const Bytes sealed = seal_for(receiver.public_key_pem(), as_bytes(plain)).value();
        CHECK(receiver.open(sealed).value() == plain);
        CHECK(seal_for(receiver.public_key_pem(), as_bytes(plain)).value() != sealed);
        CHECK(other.open(sealed).error().code == ErrorCode::corrupt);
    }
    const Bytes sealed = seal_for(receiver.public_key_pem(), as_bytes("a name")).value();
    CHECK(as_text(sealed).find("a name") == std::string_view::npos);
    CHECK(EnvelopeKey::open_or_create(directory / "a.key").value().open(sealed).value() == "a name");
}

TEST_CASE("envelope: whatever is changed, cut off or added is refused") {
    const test::TemporaryDirectory directory;
    const auto receiver = EnvelopeKey::open_or_create(directory / "a.key").value();
    const Bytes sealed = seal_for(receiver.public_key_pem(), as_bytes("attendance")).value();
    int opened = 0;
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        Bytes bad = sealed;
        bad[i] ^= 0x10;
        const auto plain = receiver.open(bad);
        CHECK((!plain || *plain == "attendance")); // the receiver's name and versions are hints: nothing rests on them
        opened += plain.has_value();
        CHECK_FALSE(receiver.open(ByteView(sealed).first(i)));
    }
    CHECK(opened < static_cast<int>(sealed.size() / 4));
    Bytes longer = sealed;
    longer.push_back(0);
    CHECK_FALSE(receiver.open(longer));
    CHECK(receiver.open(as_bytes("attendance")).error().code == ErrorCode::corrupt);
}

TEST_CASE("envelope: what is not authenticated is refused though it would open") {
    const test::TemporaryDirectory directory;
    const auto receiver = EnvelopeKey::open_or_create(directory / "a.key").value();
    REQUIRE(write_file_durably(directory / "plain", "forged"));
    const std::string key = (directory / "a.key").string(), at = directory.path().string();
    test::openssl("req -x509 -new -key " + key + " -subj /CN=x -out " + at + "/a.crt");
    test::openssl("cms -encrypt -binary -aes-256-cbc -outform DER -in " + at + "/plain -out " + at + "/cbc " + at +
                  "/a.crt");
    CHECK(receiver.open(as_bytes(read_file(directory / "cbc", 10'000).value())).error().code == ErrorCode::corrupt);
}

TEST_CASE("envelope: the openssl command opens ours, and its own opens here") {
    const test::TemporaryDirectory directory;
    const auto receiver = EnvelopeKey::open_or_create(directory / "a.key").value();
    const Bytes sealed = seal_for(receiver.public_key_pem(), as_bytes("by hand")).value();
    const std::string key = (directory / "a.key").string(), at = directory.path().string();
    REQUIRE(write_file_durably(directory / "sealed", as_text(sealed)));
    test::openssl("cms -decrypt -binary -inform DER -in " + at + "/sealed -inkey " + key + " -out " + at + "/opened");
    CHECK(read_file(directory / "opened", 100).value() == "by hand");
    test::openssl("req -x509 -new -key " + key + " -subj /CN=x -out " + at + "/a.crt");
    test::openssl("cms -encrypt -binary -aes-256-gcm -outform DER -in " + at + "/opened -out " + at + "/theirs " + at +
                  "/a.crt");
    CHECK(receiver.open(as_bytes(read_file(directory / "theirs", 10'000).value())).value() == "by hand");
}

TEST_CASE("envelope: a key of another curve is refused with its reason") {
    const test::TemporaryDirectory directory;
    const auto sm2 = open_or_create_signer(directory / "sm2.key", Suite::sm2_sm3).value();
    CHECK(seal_for(sm2->public_key_pem(), as_bytes("x")).error().code == ErrorCode::unsupported);
    CHECK_FALSE(seal_for("no key", as_bytes("x")));
    CHECK_FALSE(EnvelopeKey::open_or_create(directory / "sm2.key"));
}
