#include "firmware/core/identity/seal.hpp"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "tests/support/openssl_command.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::identity;

TEST_CASE("seal: what was sealed opens, and every copy looks different") {
    const SealingKey key{1, 2, 3};
    for (const std::string_view plain : {"", "x", "template bytes"}) {
        const Bytes sealed = seal(key, as_bytes(plain), "p-1|d-1").value();
        CHECK(sealed.size() == 12 + plain.size() + 16);
        CHECK(as_text(open_sealed(key, sealed, "p-1|d-1").value()) == plain);
        CHECK(seal(key, as_bytes(plain), "p-1|d-1").value() != sealed);
    }
    CHECK(open_sealed(key, seal(key, as_bytes("x"), "").value(), "").has_value());
}

TEST_CASE("seal: any flipped bit, another key or other associated data is denied") {
    const SealingKey key{1, 2, 3};
    const Bytes sealed = seal(key, as_bytes("secret"), "p-1").value();
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        Bytes bad = sealed;
        bad[i] ^= 0x10;
        CHECK(open_sealed(key, bad, "p-1").error().code == ErrorCode::denied);
    }
    CHECK(open_sealed(SealingKey{9}, sealed, "p-1").error().code == ErrorCode::denied);
    CHECK(open_sealed(key, sealed, "p-2").error().code == ErrorCode::denied);
    CHECK(open_sealed(key, sealed, "").error().code == ErrorCode::denied);
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        CHECK(open_sealed(key, ByteView(sealed).first(size), "p-1").error().code == ErrorCode::denied);
    }
    CHECK(seal(key, Bytes(16 * 1024 * 1024 + 1), "").error().code == ErrorCode::too_large);
}

TEST_CASE("seal: the data key is made once and must be 32 bytes that nobody else may read") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "data.key";
    const auto key = open_or_create_sealing_key(path);
    REQUIRE(key.has_value());
    CHECK(*key != SealingKey{});
    CHECK(open_or_create_sealing_key(path).value() == *key);
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    CHECK(open_or_create_sealing_key(path).error().code == ErrorCode::denied);
    test::put_file(path, Bytes(31));
    CHECK(open_or_create_sealing_key(path).error().code == ErrorCode::corrupt);
    test::put_file(path, Bytes(33));
    CHECK(open_or_create_sealing_key(path).error().code == ErrorCode::corrupt);
}
