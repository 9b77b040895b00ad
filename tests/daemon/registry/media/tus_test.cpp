#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "tests/daemon/registry/media/hooked_files.hpp"
#include "tests/support/media.hpp"

using namespace xueshi;
namespace store = xueshi::registry::store;

namespace {

constexpr std::int64_t kMiB = 1 << 20;

std::string sha1_of_hello_world() {
    return "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="; // the specification's own example
}

bool is_gone(test::MediaFixture &registry, const std::string &path) {
    bool gone = false;
    registry.in_transaction([&](store::Session &session) {
        gone = store::find_upload(session, test::MediaFixture::name_in(path))->state == store::UploadState::gone;
    });
    return gone;
}

} // namespace

TEST_CASE("tus: OPTIONS tells version, extensions, checksums and size, whatever version is asked with") {
    test::MediaFixture registry;
    for (const char *version : {"", "1.0.0", "0.2.2"}) {
        const auto response = registry.ask("OPTIONS", "/v1/media", {{"tus-resumable", version}});
        CHECK(response.status == 204);
        CHECK(response.headers.at("Tus-Version") == "1.0.0");
        CHECK(response.headers.at("Tus-Extension") == "creation,checksum,expiration,termination");
        CHECK(response.headers.at("Tus-Checksum-Algorithm") == "sha1,sha256");
        CHECK(response.headers.at("Tus-Max-Size") == std::to_string(registry.options.max_bytes));
        CHECK(response.headers.at("Tus-Resumable") == "1.0.0");
    }
}

TEST_CASE("tus: another version is 412 with Tus-Version, and nothing is done") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello world");
    const auto path = registry.created(clip);
    for (const char *version : {"", "0.2.2", "1.0.1"}) {
        const auto response = registry.patch(path, 0, "hello", {{"tus-resumable", version}});
        CHECK(response.status == 412);
        CHECK(response.headers.at("Tus-Version") == "1.0.0");
        CHECK(response.headers.at("Tus-Resumable") == "1.0.0");
    }
    CHECK(registry.offset(path) == 0);
}

TEST_CASE("tus: a clip in two pieces ends as an object of just these bytes, entered and confirmed") {
    test::MediaFixture registry;
    const auto bytes = test::random_text(2 * kMiB + 123);
    const auto clip = registry.announce(bytes);
    const auto created = registry.create(clip);
    CHECK(created.status == 201);
    CHECK(created.headers.contains("Upload-Expires"));
    const auto path = created.headers.at("Location");
    CHECK(registry.offset(path) == 0);

    const auto first = registry.patch(path, 0, bytes.substr(0, kMiB + 1));
    CHECK(first.status == 204);
    CHECK(first.headers.at("Upload-Offset") == std::to_string(kMiB + 1));
    CHECK(first.headers.contains("Upload-Expires"));
    CHECK_FALSE(first.headers.contains("Repr-Digest"));
    CHECK_FALSE(registry.held(clip));

    const auto second = registry.patch(path, kMiB + 1, bytes.substr(kMiB + 1));
    CHECK(second.status == 204);
    CHECK(wire::read_digest(second.headers.at("Repr-Digest")) == clip.sha256);
    const auto held = registry.held(clip);
    REQUIRE(held);
    CHECK(registry.object_bytes(*held) == bytes);
    const auto head = registry.ask("HEAD", path);
    CHECK(head.headers.at("Upload-Offset") == head.headers.at("Upload-Length"));
    CHECK(head.headers.at("Cache-Control") == "no-store");
    CHECK(head.headers.at("Upload-Metadata") == wire::write_metadata(clip));
    CHECK(wire::read_digest(head.headers.at("Repr-Digest")) == clip.sha256);
}

TEST_CASE("tus: an empty clip is whole as soon as it is created") {
    test::MediaFixture registry;
    const auto clip = registry.announce("");
    const auto created = registry.create(clip);
    CHECK(created.status == 201);
    CHECK(wire::read_digest(created.headers.at("Repr-Digest")) == clip.sha256);
    REQUIRE(registry.held(clip));
    CHECK(registry.object_bytes(*registry.held(clip)).empty());
}

TEST_CASE("tus: a PATCH of nothing at the end of a clip that is held leaves everything as it is") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello world");
    const auto first = registry.created(clip);
    REQUIRE(registry.patch(first, 0, "hello world").status == 204);
    const auto again = registry.created(clip); // whole from the start; its bytes lie in the first one's object
    for (const auto &path : {first, again}) {
        const auto response = registry.patch(path, 11, "");
        CHECK(response.status == 204);
        CHECK(wire::read_digest(response.headers.at("Repr-Digest")) == clip.sha256);
        CHECK(registry.offset(path) == 11);
    }
    CHECK(registry.object_bytes(*registry.held(clip)) == "hello world");
}

TEST_CASE("F17: a PATCH at another offset is 409, names the right one and changes nothing") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello world");
    const auto path = registry.created(clip);
    REQUIRE(registry.patch(path, 0, "hello").status == 204);
    for (const std::int64_t offset : {0, 4, 6, 11, 1'000'000}) {
        const auto response = registry.patch(path, offset, "x", {{"content-length", offset == 0 ? "100" : "1"}});
        CHECK(response.status == 409); // also when the length is wrong too
        CHECK(response.headers.at("Upload-Offset") == "5");
    }
    CHECK(registry.media->under_way() == 0);
    CHECK(registry.patch(path, 5, " world").status == 204);
    CHECK(registry.object_bytes(*registry.held(clip)) == "hello world");
}

TEST_CASE("F34: negative, huge and crooked numbers, other content types and bodies over the length are refused") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello world");
    const auto metadata = wire::write_metadata(clip);
    for (const char *length : {"", "-1", "+1", "1e3", "0x10", "99999999999999999999", "9007199254740993", " 1"}) {
        CHECK(registry.ask("POST", "/v1/media", {{"upload-length", length}, {"upload-metadata", metadata}}).status ==
              400);
    }
    CHECK(registry.ask("POST", "/v1/media", {{"upload-defer-length", "1"}, {"upload-metadata", metadata}}).status ==
          400);
    const auto too_large = std::to_string(registry.options.max_bytes + 1);
    CHECK(registry.ask("POST", "/v1/media", {{"upload-length", too_large}, {"upload-metadata", metadata}}).status ==
          413);

    const auto path = registry.created(clip);
    for (const char *offset : {"-1", "", "abc"}) {
        test::MemoryBody body("hello");
        CHECK(registry
                  .ask_with(&body, "PATCH", path,
                            {{"content-type", "application/offset+octet-stream"}, {"upload-offset", offset}})
                  .status == 400);
    }
    test::MemoryBody body("hello");
    CHECK(registry.ask_with(&body, "PATCH", path, {{"content-type", "text/plain"}, {"upload-offset", "0"}}).status ==
          415);
    CHECK(registry.patch(path, 0, "hello world and more", {{"content-length", "20"}}).status == 413);
    CHECK(registry.offset(path) == 0);
    CHECK(registry.patch(path, 0, "hello world and more").status == 413); // of unknown length: what fits is kept
    CHECK(registry.offset(path) == 11);
}

TEST_CASE("F34: metadata of a wrong form, or too much of it, is refused") {
    test::MediaFixture registry;
    const auto good = wire::write_metadata(registry.announce("x"));
    const auto creates = [&](const std::string &metadata) {
        return registry.ask("POST", "/v1/media", {{"upload-length", "1"}, {"upload-metadata", metadata}}).status;
    };
    CHECK(creates(good + ",filename d29ybGQ=,is_confidential") == 201); // others' keys are let be
    for (const std::string &bad : {std::string(), good + ",clip " + base64(as_bytes("x")), good + ",a not-base64",
                                   good + ", ", good.substr(10), good + ",x " + std::string(5'000, 'A')}) {
        CHECK(creates(bad) == 400);
    }
}

TEST_CASE("F31: no name but one the registry chose leads anywhere") {
    test::MediaFixture registry;
    const auto path = registry.created(registry.announce("hello"));
    for (const char *name : {"..", "../registry.db", "a/b", "a%2fb", ".hidden", "nobody", "", "parts/x"}) {
        const auto status = registry.ask("HEAD", std::string("/v1/media/") + name).status;
        CHECK((status == 404 || status == 405));
    }
    CHECK(path.size() == std::string("/v1/media/").size() + 32);
}

TEST_CASE("tus: checksums by sha1 and sha256 are verified; a wrong one is 460 and the chunk is thrown away whole") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello worldhello world");
    const auto path = registry.created(clip);
    CHECK(registry.patch(path, 0, "hello world", {{"upload-checksum", sha1_of_hello_world()}}).status == 204);
    CHECK(registry.patch(path, 11, "hello wOrld", {{"upload-checksum", sha1_of_hello_world()}}).status == 460);
    CHECK(registry.offset(path) == 11);
    CHECK(registry.patch(path, 11, "hello world", {{"upload-checksum", "md5 XrY7u+Ae7tCTyyK7j1rNww=="}}).status == 400);
    CHECK(registry.patch(path, 11, "hello world", {{"upload-checksum", "sha256 AAAA"}}).status == 400);
    CHECK(registry.patch(path, 11, "hello world", {{"upload-checksum", "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="}}).status ==
          400);
    CHECK(registry.offset(path) == 11);
    CHECK(registry
              .patch(path, 11, "hello world",
                     {{"upload-checksum", wire::write_checksum(sha256(as_bytes("hello world")))}})
              .status == 204);
    CHECK(registry.object_bytes(*registry.held(clip)) == "hello worldhello world");
}

TEST_CASE("tus: a body of nothing has its checksum verified too") {
    test::MediaFixture registry;
    const auto path = registry.created(registry.announce("hello world"));
    CHECK(registry.patch(path, 0, "", {{"upload-checksum", wire::write_checksum(sha256(as_bytes("x")))}}).status ==
          460);
    CHECK(
        registry.ask("PATCH", path, test::MediaFixture::patch_headers(0, {{"upload-checksum", sha1_of_hello_world()}}))
            .status == 460);
    CHECK(registry.patch(path, 0, "", {{"upload-checksum", wire::write_checksum(sha256({}))}}).status == 204);
    CHECK(registry.offset(path) == 0);
    CHECK(registry.patch(path, 0, "hello world").status == 204);
}

TEST_CASE(
    "tus: every answer to a PATCH says when the upload expires, refusals too; of one that is whole or gone none") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello world");
    const auto path = registry.created(clip);
    const auto expires = wire::http_date(registry.clock.now().wall_ms + registry.options.unfinished_ms);
    const auto told = [&](const http::Response &response, unsigned status) {
        CAPTURE(status);
        CHECK(response.status == status);
        REQUIRE(response.headers.contains("Upload-Expires"));
        CHECK(response.headers.at("Upload-Expires") == expires);
        CHECK(response.headers.at("Tus-Resumable") == "1.0.0");
    };
    told(registry.patch(path, 0, "hello"), 204);
    told(registry.patch(path, 0, "hello"), 409);
    told(registry.patch(path, 5, "hello", {{"upload-checksum", sha1_of_hello_world()}}), 460);
    told(registry.patch(path, 5, " world and more", {{"content-length", "15"}}), 413);
    told(registry.patch(path, 5, " world", {{"upload-checksum", "md5 XrY7u+Ae7tCTyyK7j1rNww=="}}), 400);
    test::MemoryBody body(" world");
    told(registry.ask_with(&body, "PATCH", path, {{"content-type", "text/plain"}, {"upload-offset", "5"}}), 415);

    const auto in_the_way = registry.options.directory / "objects" / test::MediaFixture::name_in(path).substr(0, 2);
    REQUIRE(write_file_durably(in_the_way, "no folder can be made"));
    told(registry.patch(path, 5, " world"), 500); // all is here and cannot get its name
    std::filesystem::remove(in_the_way);

    CHECK_FALSE(registry.patch(path, 11, "").headers.contains("Upload-Expires"));
    const auto whole = registry.patch(path, 5, " world");
    CHECK(whole.status == 409);
    CHECK_FALSE(whole.headers.contains("Upload-Expires"));
    REQUIRE(registry.ask("DELETE", path).status == 204);
    const auto gone = registry.patch(path, 5, " world");
    CHECK(gone.status == 410);
    CHECK_FALSE(gone.headers.contains("Upload-Expires"));
}

TEST_CASE("F16: a PATCH with a checksum that is cut is discarded whole; without one all that came is kept") {
    test::MediaFixture registry;
    const auto bytes = test::random_text(4 * kMiB);
    const auto clip = registry.announce(bytes);
    const auto path = registry.created(clip);
    const auto chunk = bytes.substr(0, 3 * kMiB);
    test::MemoryBody cut(chunk, 2 * kMiB + 17);
    CHECK(registry.patch_with(cut, path, 0, {{"upload-checksum", wire::write_checksum(sha256(as_bytes(chunk)))}})
              .status == 400);
    CHECK(registry.offset(path) == 0);
    test::MemoryBody plain(chunk, 2 * kMiB + 17);
    CHECK(registry.patch_with(plain, path, 0).status == 400);
    CHECK(registry.offset(path) == 2 * kMiB + 17);
    CHECK(registry.patch(path, 2 * kMiB + 17, bytes.substr(2 * kMiB + 17)).status == 204);
    CHECK(registry.object_bytes(*registry.held(clip)) == bytes);
}

TEST_CASE("F16: a request that hangs gives way to the newer one; not a byte of it counts any more") {
    test::MediaFixture registry;
    const auto bytes = test::random_text(2 * kMiB);
    const auto clip = registry.announce(bytes);
    const auto path = registry.created(clip);
    test::MemoryBody hanging(std::string(2 * kMiB, 'z'));
    int reads = 0;
    hanging.before_read = [&] {
        if (++reads == 1) { // the client is back on another connection meanwhile
            CHECK(registry.offset(path) == 0);
            CHECK(registry.patch(path, 0, bytes.substr(0, kMiB)).status == 204);
        }
    };
    CHECK(registry.patch_with(hanging, path, 0).status == 409);
    CHECK(registry.media->under_way() == 0);
    CHECK(registry.offset(path) == kMiB);
    CHECK(registry.patch(path, kMiB, bytes.substr(kMiB)).status == 204);
    CHECK(registry.object_bytes(*registry.held(clip)) == bytes);
}

TEST_CASE("F17: a PATCH at a wrong offset, or with too many bytes, does not stop the one that is under way") {
    test::MediaFixture registry;
    const auto bytes = test::random_text(2 * kMiB);
    const auto clip = registry.announce(bytes);
    const auto path = registry.created(clip);
    test::MemoryBody good(bytes);
    int reads = 0;
    good.before_read = [&] {
        if (++reads == 1) {
            CHECK(registry.patch(path, 7, "x").status == 409);
            CHECK(registry.patch(path, 0, "x", {{"content-length", std::to_string(2 * kMiB + 1)}}).status == 413);
        }
    };
    CHECK(registry.patch_with(good, path, 0).status == 204);
    REQUIRE(registry.held(clip));
    CHECK(registry.object_bytes(*registry.held(clip)) == bytes);
}

TEST_CASE("F16: what a request with a checksum had written when it lost its turn is not in the newer one's way") {
    for (const bool checked : {false, true}) {
        test::MediaFixture registry;
        const auto bytes = test::random_text(2 * kMiB), first = bytes.substr(0, kMiB);
        const auto clip = registry.announce(bytes);
        const auto path = registry.created(clip);
        const std::string stale(2 * kMiB, 'z');
        test::MemoryBody hanging(stale);
        int reads = 0;
        hanging.before_read = [&] {
            if (++reads == 2) { // a megabyte is written, and not committed
                test::MediaFixture::Headers more;
                if (checked) {
                    more["upload-checksum"] = wire::write_checksum(sha256(as_bytes(first)));
                }
                const auto newer = registry.patch(path, 0, first, more);
                CHECK(newer.status == 204);
                CHECK(newer.headers.at("Upload-Offset") == std::to_string(kMiB));
            }
        };
        const auto older =
            registry.patch_with(hanging, path, 0, {{"upload-checksum", wire::write_checksum(sha256(as_bytes(stale)))}});
        CHECK(older.status == 409);
        CHECK(registry.offset(path) == kMiB);
        CHECK(registry.patch(path, kMiB, bytes.substr(kMiB)).status == 204);
        REQUIRE(registry.held(clip));
        CHECK(registry.object_bytes(*registry.held(clip)) == bytes);
    }
}

TEST_CASE("F16: many uploads at once: one whose bytes are not committed yet keeps them") {
    constexpr int kMany = 130;
    test::MediaFixture registry;
    registry.options.uploads_per_device = kMany + 1;
    registry.open();
    const auto bytes = test::random_text(2 * kMiB);
    std::vector<std::pair<std::string, wire::ClipAnnouncement>> uploads;
    for (int i = 0; i < kMany; ++i) {
        const auto clip = registry.announce(bytes);
        uploads.emplace_back(registry.created(clip), clip);
    }
    registry.open(); // none of their files is open now
    std::sort(uploads.begin(), uploads.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    for (const auto &[path, clip] : {uploads.front(), uploads.back()}) {
        test::MemoryBody slow(bytes);
        int reads = 0;
        slow.before_read = [&, own = path] {
            if (++reads == 3) { // all is written; who comes next would be told of it
                for (const auto &[other, ignored] : uploads) {
                    CHECK((other == own || registry.offset(other) >= 0));
                }
            }
        };
        const auto whole = wire::write_checksum(sha256(as_bytes(bytes)));
        CHECK(registry.patch_with(slow, path, 0, {{"upload-checksum", whole}}).status == 204);
        REQUIRE(registry.held(clip));
        CHECK(registry.object_bytes(*registry.held(clip)) == bytes);
    }
}

TEST_CASE("F17: an unfinished upload survives a restart, expires without progress and is then 410") {
    test::MediaFixture registry;
    const auto bytes = test::random_text(3'000);
    const auto clip = registry.announce(bytes);
    const auto path = registry.created(clip);
    REQUIRE(registry.patch(path, 0, bytes.substr(0, 1'000)).status == 204);
    registry.open();
    CHECK(registry.offset(path) == 1'000);
    registry.clock.advance(registry.options.unfinished_ms - 1'000);
    CHECK(registry.patch(path, 1'000, bytes.substr(1'000, 1'000)).status == 204); // progress gives time
    registry.clock.advance(registry.options.unfinished_ms - 1'000);
    CHECK(registry.offset(path) == 2'000);
    registry.clock.advance(2'000);
    CHECK(registry.offset(path) == -410);
    test::run_void(registry.media->sweep());
    CHECK(std::filesystem::is_empty(registry.options.directory / "parts"));
    CHECK(registry.patch(path, 2'000, bytes.substr(2'000)).status == 410);
    registry.clock.advance(registry::media::kRememberedMs + 1'000);
    test::run_void(registry.media->sweep());
    CHECK(registry.offset(path) == -404);
    CHECK(registry.created(clip).starts_with("/v1/media/"));
}

TEST_CASE("tus: DELETE ends an unfinished upload with its bytes; a clip that is whole stays") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello");
    auto path = registry.created(clip);
    CHECK(registry.ask("DELETE", path).status == 204);
    CHECK(registry.offset(path) == -410);
    CHECK(std::filesystem::is_empty(registry.options.directory / "parts"));
    path = registry.created(clip);
    REQUIRE(registry.patch(path, 0, "hello").status == 204);
    CHECK(registry.ask("DELETE", path).status == 204);
    CHECK(registry.offset(path) == -410);
    CHECK(registry.object_bytes(*registry.held(clip)) == "hello");
}

TEST_CASE("tus: X-HTTP-Method-Override stands for the method") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello");
    const auto path = registry.created(clip);
    test::MemoryBody body("hello");
    CHECK(registry
              .ask_with(&body, "POST", path,
                        {{"x-http-method-override", "PATCH"},
                         {"content-type", "application/offset+octet-stream"},
                         {"upload-offset", "0"}})
              .status == 204);
    CHECK(registry.held(clip));
    CHECK(registry.ask("GET", path, {{"x-http-method-override", "DELETE"}}).status == 204);
    CHECK(registry.ask("GET", path).status == 405);
    CHECK(registry.ask("PUT", "/v1/media").headers.at("Allow") == "OPTIONS, POST");
}

TEST_CASE("F17: bytes that are not those announced end the upload: it is begun again, nothing is entered") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello");
    const auto path = registry.created(clip);
    CHECK(registry.patch(path, 0, "HELLO").status == 422);
    CHECK(registry.offset(path) == -410);
    CHECK_FALSE(registry.held(clip));
    CHECK(registry.patch(registry.created(clip), 0, "hello").status == 204);
}

TEST_CASE("tus: a clip announced again replaces its unfinished upload; one that is here is told at once") {
    test::MediaFixture registry;
    const auto clip = registry.announce("hello");
    const auto first = registry.created(clip), second = registry.created(clip);
    CHECK(registry.offset(first) == -410);
    REQUIRE(registry.patch(second, 0, "hello").status == 204);
    const auto third = registry.create(clip);
    CHECK(third.status == 201);
    CHECK(third.headers.at("Upload-Offset") == "5");
    CHECK(wire::read_digest(third.headers.at("Repr-Digest")) == clip.sha256);
    CHECK(registry.offset(third.headers.at("Location")) == 5);
    auto other = registry.announce("HELLO");
    other.clip = clip.clip;
    CHECK(registry.create(other).status == 409);
}

TEST_CASE("F34: a device has so many unfinished uploads and no more; another device's are not its own") {
    test::MediaFixture registry;
    registry.options.uploads_per_device = 2;
    registry.open();
    const auto path = registry.created(registry.announce("a"));
    registry.created(registry.announce("b"));
    const auto refused = registry.create(registry.announce("c"));
    CHECK(refused.status == 429);
    CHECK(refused.headers.contains("Retry-After"));
    CHECK(registry.ask("DELETE", path).status == 204);
    const auto again = registry.created(registry.announce("c"));
    CHECK(again.starts_with("/v1/media/"));

    const test::EventChain stranger;
    registry.device = registry.admit(stranger);
    CHECK(registry.offset(again) == -404);
    CHECK(registry.ask("DELETE", again).status == 404);
    CHECK(registry.created(registry.announce("d")).starts_with("/v1/media/"));
}

TEST_CASE(
    "F17: an upload that is ended while its bytes get their name is not confirmed: it is 410, and nothing stays") {
    test::HookedFiles files;
    test::MediaFixture registry;
    const auto clip = registry.announce("hello");
    const auto path = registry.created(clip);
    boost::asio::io_context io;
    unsigned patched = 0, ended = 0;
    files.before_rename = [&](const std::string &to) {
        if (to.find("/objects/") == std::string::npos || ended != 0) {
            return;
        }
        const auto request = test::MediaFixture::make_request(nullptr, "DELETE", path);
        boost::asio::co_spawn(io, registry.media->handle(registry.device, request),
                              [&](std::exception_ptr, const http::Response &response) { ended = response.status; });
        while (!is_gone(registry, path)) {
            std::this_thread::yield();
        }
    };
    test::MemoryBody body("hello");
    const auto request = test::MediaFixture::make_request(&body, "PATCH", path, test::MediaFixture::patch_headers(0));
    boost::asio::co_spawn(io, registry.media->handle(registry.device, request),
                          [&](std::exception_ptr, const http::Response &response) { patched = response.status; });
    io.run();
    CHECK(ended == 204);
    CHECK(patched == 410);
    CHECK_FALSE(registry.held(clip));
    const auto name = test::MediaFixture::name_in(path);
    CHECK_FALSE(std::filesystem::exists(registry.options.directory / "objects" / name.substr(0, 2) / name));
    CHECK(registry.offset(path) == -410);
    CHECK(registry.patch(registry.created(clip), 0, "hello").status == 204);
    REQUIRE(registry.held(clip));
    CHECK(registry.object_bytes(*registry.held(clip)) == "hello");
}
