#include <doctest/doctest.h>

#include "firmware/core/base/bytes.hpp"

using namespace xueshi;

TEST_CASE("bytes: hex and base64 read back what they wrote, and refuse everything else") {
    // RFC 4648 section 10.
    CHECK(base64(as_bytes("foobar")) == "Zm9vYmFy");
    CHECK(base64(as_bytes("fo")) == "Zm8=");
    CHECK(base64({}).empty());
    for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
        CHECK(as_text(parse_base64(base64(as_bytes(text))).value()) == text);
        CHECK(as_text(parse_hex(hex(as_bytes(text))).value()) == text);
    }
    for (const char *bad : {"Zm8", "Zm9=", "Zm 8", "====", "Z===", "Zm8=Zm8="}) {
        CHECK_FALSE(parse_base64(bad).has_value());
    }
    CHECK_FALSE(parse_hex("abc").has_value());
    CHECK_FALSE(parse_hex("zz").has_value());
}

TEST_CASE("bytes: SHA-256 agrees with FIPS 180-4's example, whole and in pieces") {
    const std::string expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    CHECK(hex(sha256(as_bytes("abc"))) == expected);
    Sha256Stream stream;
    stream.update(as_bytes("a"));
    stream.update(as_bytes("bc"));
    CHECK(hex(stream.finish()) == expected);
}

TEST_CASE("bytes: random tokens differ and are safe in a URL") {
    const std::string token = random_token();
    CHECK(token.size() == 32);
    CHECK(token != random_token());
    CHECK(token.find_first_of("+/=") == std::string::npos);
    CHECK(equal_secret(token, token));
    CHECK_FALSE(equal_secret(token, token.substr(1)));
}

TEST_CASE("bytes: no random token looks like an option of a command or like a spreadsheet's formula") {
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(random_token(3).front() != '-');
    }
}
