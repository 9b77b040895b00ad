#include <doctest/doctest.h>

#include <unistd.h>

#include "daemon/registry/store/media.hpp"
#include "firmware/core/base/file.hpp"
#include "tests/support/bureau.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;

namespace {

struct ClipFixture : test::BureauFixture {
    test::EventChain chain;
    store::Media media;
    std::string bytes = "0123456789", token = add_token("read", "i-1");

    ClipFixture() {
        media.institution = InstitutionId("i-1");
        media.device = admit(chain).id;
        media.clip.clip = MediaId(Uuid::v4().str());
        media.clip.event = Uuid::v7(1);
        media.clip.sha256 = sha256(as_bytes(bytes));
        media.clip.bytes = static_cast<std::int64_t>(bytes.size());
        media.object = "abcdef";
        REQUIRE(make_directory(clips.path_of(media.object).parent_path(), 0700));
        REQUIRE(write_file_durably(clips.path_of(media.object), bytes));
        in_transaction([&](store::Session &session) { store::add_media(session, media); });
    }
    http::Response get(std::map<std::string, std::string> headers = {}, const std::string &method = "GET") {
        return ask_with(method, "/v1/media/" + media.clip.clip.str(), token, std::move(headers));
    }
    static std::string sent(const http::Response &response) {
        std::string out(response.file ? response.file->length : 0, '\0');
        if (response.file) {
            const auto got =
                ::pread(response.file->fd.get(), out.data(), out.size(), static_cast<off_t>(response.file->offset));
            CHECK(got == static_cast<ssize_t>(out.size()));
        }
        return out;
    }
};

} // namespace

TEST_CASE("bureau: a clip comes whole, with its digest and what the signed event says of it") {
    ClipFixture bureau;
    const auto response = bureau.get();
    CHECK(response.status == 200);
    CHECK(bureau.sent(response) == bureau.bytes);
    CHECK(response.content_type == "video/mp4");
    CHECK(response.headers.at("Accept-Ranges") == "bytes");
    CHECK(response.headers.at("ETag") == "\"" + hex(bureau.media.clip.sha256) + "\"");
    CHECK(wire::read_digest(response.headers.at("Repr-Digest")) == bureau.media.clip.sha256);
    CHECK(response.headers.at("Xueshi-Evidence") == "waiting");
    CHECK(bureau.get({}, "HEAD").status == 200);
}

TEST_CASE("bureau: one range of a clip is answered with just these bytes (RFC 9110 section 14)") {
    ClipFixture bureau;
    struct Case {
        std::string range, bytes, content_range;
    };
    const std::vector<Case> cases{{"bytes=0-0", "0", "bytes 0-0/10"},    {"bytes=3-5", "345", "bytes 3-5/10"},
                                  {"bytes=7-", "789", "bytes 7-9/10"},   {"bytes=-4", "6789", "bytes 6-9/10"},
                                  {"bytes=8-100", "89", "bytes 8-9/10"}, {"bytes=-100", "0123456789", "bytes 0-9/10"}};
    for (const Case &each : cases) {
        CAPTURE(each.range);
        const auto response = bureau.get({{"range", each.range}});
        CHECK(response.status == 206);
        CHECK(bureau.sent(response) == each.bytes);
        CHECK(response.headers.at("Content-Range") == each.content_range);
    }
    for (const char *beyond : {"bytes=10-", "bytes=11-12", "bytes=-0"}) {
        const auto response = bureau.get({{"range", beyond}});
        CHECK(response.status == 416);
        CHECK(response.headers.at("Content-Range") == "bytes */10");
    }
    for (const char *ignored : {"bytes=5-3", "bytes=a-b", "bytes=-", "bytes=0-1,4-5", "lines=1-2", "bytes=--1"}) {
        CAPTURE(ignored);
        CHECK(bureau.get({{"range", ignored}}).status == 200);
    }
}

TEST_CASE("bureau: If-Range gives the range only of the clip that was meant") {
    ClipFixture bureau;
    const auto tag = "\"" + hex(bureau.media.clip.sha256) + "\"";
    CHECK(bureau.get({{"range", "bytes=0-0"}, {"if-range", tag}}).status == 206);
    CHECK(bureau.get({{"range", "bytes=0-0"}, {"if-range", "\"other\""}}).status == 200);
}

TEST_CASE("F33: a clip of another institution or region is 404, just like one that there is not") {
    ClipFixture bureau;
    const auto there = "/v1/media/" + bureau.media.clip.clip.str();
    const auto nowhere = "/v1/media/" + Uuid::v4().str();
    for (const auto &token : {bureau.add_token("read", "i-2"), bureau.add_token("read", "", "220200")}) {
        const auto foreign = bureau.ask("GET", there, token), none = bureau.ask("GET", nowhere, token);
        CHECK(foreign.status == 404);
        CHECK(foreign.body == none.body);
    }
    CHECK(bureau.ask("GET", there, bureau.add_token("read", "", "220100")).status == 200);
    CHECK(bureau.ask("GET", there, bureau.token, {}, {{"institution", "i-2"}}).status == 404);
    CHECK(bureau.ask("GET", there, bureau.add_token("filing", "i-1")).status == 403);
}

TEST_CASE("bureau: two devices' clips of one id are told apart by device=") {
    ClipFixture bureau;
    const test::EventChain other;
    store::Media second = bureau.media;
    second.device = bureau.admit(other).id;
    second.clip.sha256 = sha256(as_bytes("another"));
    second.clip.bytes = 7;
    second.object = "cdef01";
    second.standing = store::Standing::is_signed;
    REQUIRE(make_directory(bureau.clips.path_of(second.object).parent_path(), 0700));
    REQUIRE(write_file_durably(bureau.clips.path_of(second.object), "another"));
    bureau.in_transaction([&](store::Session &session) { store::add_media(session, second); });
    const auto path = "/v1/media/" + bureau.media.clip.clip.str();
    const auto of = [&](const std::string &device) {
        return bureau.ask("GET", path, bureau.token, {}, {{"device", device}});
    };
    CHECK(bureau.sent(of(bureau.media.device.str())) == bureau.bytes);
    CHECK(bureau.sent(of(second.device.str())) == "another");
    CHECK(bureau.sent(of("")) == "another"); // the signed one first
    CHECK(of("d-0").status == 404);
}

TEST_CASE("F31: a clip's id that is a path leads nowhere") {
    ClipFixture bureau;
    for (const char *id : {"..", "../registry.db", "ab/abcdef", "abcdef"}) {
        CHECK(bureau.ask("GET", std::string("/v1/media/") + id, bureau.token).status == 404);
    }
}
