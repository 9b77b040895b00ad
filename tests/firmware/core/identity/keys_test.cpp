#include "firmware/core/identity/keys.hpp"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "tests/support/openssl_command.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::identity;

namespace {

unsigned mode_of(const std::filesystem::path &path) {
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

ErrorCode refusal(const std::filesystem::path &path) {
    const auto signer = open_or_create_signer(path);
    REQUIRE_FALSE(signer.has_value());
    return signer.error().code;
}

} // namespace

TEST_CASE("keys: a signing key is made once, 0600, and found again") {
    const test::TemporaryDirectory directory;
    const auto first = open_or_create_signer(directory / "signing.key");
    REQUIRE(first.has_value());
    CHECK(mode_of(directory / "signing.key") == 0600);
    const auto second = open_or_create_signer(directory / "signing.key");
    REQUIRE(second.has_value());
    CHECK((*first)->public_key_pem() == (*second)->public_key_pem());
    CHECK((*first)->suite() == 1);
    CHECK((*first)->key_level() == "file");
}

TEST_CASE("keys: a signer whose signatures do not hold, or that has half a public key, is not opened") {
    struct Odd final : Signer {
        Odd(const Signer &of_key, const Signer &of_signature) : key(of_key), signature(of_signature) {}
        int suite() const override { return key.suite(); }
        std::string_view key_level() const override { return "file"; }
        std::string public_key_pem() const override { return key.public_key_pem().substr(0, shown); }
        Expected<Bytes> sign(ByteView message) const override { return signature.sign(message); }
        const Signer &key, &signature;
        std::size_t shown = std::string::npos;
    };
    const test::TemporaryDirectory directory;
    const auto one = open_or_create_signer(directory / "one.key").value();
    const auto other = open_or_create_signer(directory / "other.key").value();
    CHECK(try_out(Odd(*one, *one)).has_value());
    CHECK(try_out(Odd(*one, *other)).error().code == ErrorCode::denied);
    Odd half(*one, *one);
    half.shown = 60;
    CHECK(try_out(half).error().code == ErrorCode::corrupt);
    half.shown = 0;
    CHECK(try_out(half).error().code == ErrorCode::corrupt);
}

TEST_CASE("keys: a key file that others may read is denied") {
    const test::TemporaryDirectory directory;
    REQUIRE(open_or_create_signer(directory / "signing.key").has_value());
    for (const unsigned mode : {0640U, 0604U, 0620U, 0601U}) {
        REQUIRE(::chmod((directory / "signing.key").c_str(), mode) == 0);
        CHECK(refusal(directory / "signing.key") == ErrorCode::denied);
    }
    REQUIRE(::chmod((directory / "signing.key").c_str(), 0400) == 0);
    CHECK(open_or_create_signer(directory / "signing.key").has_value());
    std::filesystem::create_symlink(directory / "signing.key", directory / "link.key");
    CHECK(refusal(directory / "link.key") == ErrorCode::denied);
    REQUIRE(::mkfifo((directory / "fifo.key").c_str(), 0600) == 0);
    CHECK(refusal(directory / "fifo.key") == ErrorCode::denied);
}

TEST_CASE("keys: a damaged key or one of another kind is refused and stays as it is") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "signing.key";
    test::put_file(path, as_bytes(""));
    CHECK(refusal(path) == ErrorCode::corrupt);
    test::put_file(path, as_bytes("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
    CHECK(refusal(path) == ErrorCode::corrupt);
    test::put_file(path, as_bytes(std::string(20'000, 'x')));
    CHECK(refusal(path) == ErrorCode::corrupt);
    for (const char *kind : {"EC -pkeyopt ec_paramgen_curve:P-384", "ED25519", "SM2", "RSA"}) {
        test::openssl("genpkey -algorithm " + std::string(kind) + " -out " + path.string());
        REQUIRE(::chmod(path.c_str(), 0600) == 0);
        const std::string before = read_file(path, 10'000).value();
        CHECK(refusal(path) == ErrorCode::unsupported);
        CHECK(read_file(path, 10'000).value() == before);
    }
    test::openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:secret -out " +
                  path.string());
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    CHECK(refusal(path) == ErrorCode::corrupt); // and nobody is asked for a password
}

TEST_CASE("keys: a signature holds for its message and its key only") {
    const test::TemporaryDirectory directory;
    const auto signer = open_or_create_signer(directory / "a.key").value();
    const auto other = open_or_create_signer(directory / "b.key").value();
    const auto key = PublicKey::from_pem(signer->public_key_pem()).value();
    const Bytes signature = signer->sign(as_bytes("message")).value();
    CHECK(key.verify(as_bytes("message"), signature).has_value());
    CHECK(key.verify(as_bytes("message"), signature).has_value()); // a key verifies more than once
    CHECK(key.verify(as_bytes("messagf"), signature).error().code == ErrorCode::denied);
    CHECK(key.verify(as_bytes("message"), other->sign(as_bytes("message")).value()).error().code == ErrorCode::denied);
    CHECK(key.verify(as_bytes("message"), Bytes{}).error().code == ErrorCode::denied);
    CHECK(key.verify(as_bytes("message"), Bytes(72, 0x30)).error().code == ErrorCode::denied);
    Bytes longer = signature;
    longer.push_back(0);
    CHECK(key.verify(as_bytes("message"), longer).error().code == ErrorCode::denied);
    CHECK(key.verify({}, signer->sign({}).value()).has_value());
}

TEST_CASE("keys: openssl's command verifies a signature") {
    const test::TemporaryDirectory directory;
    const auto signer = open_or_create_signer(directory / "signing.key").value();
    test::put_file(directory / "message", as_bytes("prev || body"));
    test::put_file(directory / "signature", signer->sign(as_bytes("prev || body")).value());
    test::put_file(directory / "public.pem", as_bytes(signer->public_key_pem()));
    CHECK(test::openssl("dgst -sha256 -verify " + (directory / "public.pem").string() + " -signature " +
                        (directory / "signature").string() + " " + (directory / "message").string()) ==
          "Verified OK\n");
}

TEST_CASE("keys: a device's id is made of its key") {
    const test::TemporaryDirectory directory;
    const auto signer = open_or_create_signer(directory / "signing.key").value();
    const auto key = PublicKey::from_pem(signer->public_key_pem()).value();
    const std::string id = device_id(key).str();
    CHECK(id.size() == 22);
    CHECK(id == "d-" + hex(key.fingerprint()).substr(0, 20));
    test::openssl("pkey -in " + (directory / "signing.key").string() + " -pubout -outform DER -out " +
                  (directory / "public.der").string());
    CHECK(key.fingerprint() == sha256(as_bytes(read_file(directory / "public.der", 1000).value())));
    CHECK(key.pem() == signer->public_key_pem());
}

TEST_CASE("keys: public keys of other kinds and forms are refused") {
    const test::TemporaryDirectory directory;
    const auto path = (directory / "k.pem").string();
    CHECK(PublicKey::from_pem("").error().code == ErrorCode::corrupt);
    CHECK(PublicKey::from_pem(std::string(9000, 'x')).error().code == ErrorCode::too_large);
    test::openssl("genpkey -algorithm ED25519 -out " + path);
    test::openssl("pkey -pubout -in " + path + " -out " + path + ".pub");
    CHECK(PublicKey::from_pem(read_file(path + ".pub", 9000).value()).error().code == ErrorCode::unsupported);
    test::openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out " + path);
    test::openssl("pkey -pubout -ec_conv_form compressed -in " + path + " -out " + path + ".pub");
    CHECK(PublicKey::from_pem(read_file(path + ".pub", 9000).value()).error().code == ErrorCode::unsupported);
}
