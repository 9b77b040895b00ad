#include "daemon/wire/media.hpp"

#include <doctest/doctest.h>

#include "firmware/core/record/bodies.hpp"

using namespace xueshi;

TEST_CASE("media: what a client announces the registry reads") {
    wire::ClipAnnouncement clip;
    clip.clip = MediaId(Uuid::v4().str());
    clip.event = Uuid::v7(1'700'000'000'000);
    clip.sha256 = sha256(as_bytes("x"));
    CHECK(wire::read_metadata(wire::write_metadata(clip)).value() == clip);
    CHECK(wire::read_metadata("empty,also_empty ," + wire::write_metadata(clip)).value() == clip);
}

TEST_CASE("media: metadata without a clip, with a repeated key, no base64 or a bad key is refused") {
    const auto good = wire::write_metadata({MediaId(Uuid::v4().str()), Uuid::v7(1), {}, 0});
    for (const std::string &bad :
         {std::string(), std::string("clip"), "," + good, good + ",event AAAA", good + ",x A", good + ",\x01 AAAA",
          "clip " + base64(as_bytes("../../etc/passwd")), good + std::string(wire::kMaxMetadataBytes, ',')}) {
        CHECK_FALSE(wire::read_metadata(bad));
    }
    std::string many = good;
    for (int i = 0; i < 20; ++i) {
        many += ",k" + std::to_string(i);
    }
    CHECK_FALSE(wire::read_metadata(many));
}

TEST_CASE("media: numbers of bytes are digits and nothing else") {
    CHECK(wire::read_count("0").value() == 0);
    CHECK(wire::read_count("9007199254740991").value() == 9'007'199'254'740'991);
    for (const char *bad :
         {"", "-0", "-1", "+1", " 1", "1 ", "1.0", "0x1", "9007199254740992", "18446744073709551617"}) {
        CHECK_FALSE(wire::read_count(bad));
    }
}

TEST_CASE("media: checksums are algorithm and base64; an unknown algorithm is told from a wrong form") {
    const auto read = wire::read_checksum(wire::write_checksum(sha256(as_bytes("x")))).value();
    const auto digest = sha256(as_bytes("x"));
    CHECK(read.digest == Bytes(digest.begin(), digest.end()));
    CHECK(wire::read_checksum("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=").value().algorithm == wire::ChecksumAlgorithm::sha1);
    CHECK(wire::read_checksum("crc32 AAAA").error().code == ErrorCode::unsupported);
    for (const char *bad : {"sha1", "sha1 ", "sha1 AAAA", "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha1  Kq5s"}) {
        CHECK(wire::read_checksum(bad).error().code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("media: digests of a whole are read back; dates are RFC 9110's") {
    const auto digest = sha256(as_bytes("x"));
    CHECK(wire::read_digest(wire::write_digest(digest)) == digest);
    for (const char *bad : {"", "sha-256=:", "sha-256=::", "sha-512=:AAAA:", "sha-256=:AAAA:"}) {
        CHECK_FALSE(wire::read_digest(bad));
    }
    CHECK(wire::http_date(784'111'777'000) == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("F31: an upload's address leads to an upload of this protocol or nowhere") {
    CHECK(wire::upload_name("/v1/media/abc") == "abc");
    CHECK(wire::upload_name("https://registry.example:8443/v1/media/a-b_C1") == "a-b_C1");
    for (const char *bad : {"", "/v1/media", "/v1/media/", "/v1/media/../claim", "/v1/media/a/b", "/v1/media/a?b",
                            "/v1/roster", "https://registry.example", "abc", "/v1/media/a%2fb"}) {
        CHECK(wire::upload_name(bad).empty());
    }
    CHECK(wire::upload_name("/v1/media/" + std::string(65, 'a')).empty());
}
