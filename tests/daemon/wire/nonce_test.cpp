#include "daemon/wire/nonce.hpp"

#include <doctest/doctest.h>

using namespace xueshi;

TEST_CASE("wire: a nonce's header carries its document; what is none, or too long, is no nonce") {
    identity::SignedDocument document;
    document.payload = R"({"device":"d-1","nonce":"00","wall_ms":1})";
    document.signature = Bytes{1, 2, 3};
    const auto text = wire::write_nonce_header(document);
    CHECK(text.find_first_of("\r\n ") == std::string::npos);
    const auto read = wire::read_nonce_header(text);
    REQUIRE(read);
    CHECK(read->payload == document.payload);
    CHECK(read->signature == document.signature);
    CHECK_FALSE(wire::read_nonce_header(""));
    CHECK_FALSE(wire::read_nonce_header("not base64!"));
    CHECK_FALSE(wire::read_nonce_header(base64(as_bytes("{}"))));
    CHECK_FALSE(wire::read_nonce_header(std::string(1 << 20, 'A')));
}
