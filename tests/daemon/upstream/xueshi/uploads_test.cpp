#include "daemon/upstream/xueshi/uploads.hpp"

#include <doctest/doctest.h>

#include <optional>

#include <boost/asio/co_spawn.hpp>

#include "tests/support/fake_http_client.hpp"
#include "tests/support/upload_piece.hpp"

using namespace xueshi;
using test::piece_of;
namespace asio = boost::asio;

namespace {

struct Bench {
    test::FakeHttpClient http;
    std::string base = "https://registry.example:8443";
    upstream::Limits limits;
    upstream::Uploads uploads{http, base, limits};

    void answers(unsigned status, std::map<std::string, std::string> headers = {}) {
        http.answer = [=](const transport::HttpRequest &) -> Expected<transport::HttpResponse> {
            transport::HttpResponse response;
            response.status = status;
            response.headers = headers;
            return response;
        };
    }
    template <typename T>
    T run(asio::awaitable<T> work) {
        asio::io_context io;
        std::optional<T> out;
        asio::co_spawn(io, std::move(work), [&](std::exception_ptr, T answer) { out = std::move(answer); });
        io.run();
        return std::move(*out);
    }
};

wire::ClipAnnouncement clip() {
    wire::ClipAnnouncement clip;
    clip.clip = MediaId("11111111-2222-4333-8444-555555555555");
    clip.event = Uuid::v7(1);
    clip.sha256 = sha256(as_bytes("hello"));
    clip.bytes = 5;
    return clip;
}

} // namespace

TEST_CASE("uploads: every request names the protocol's version and goes where it belongs") {
    Bench bench;
    bench.answers(201, {{"location", "/v1/media/abc"}, {"upload-offset", "0"}});
    const auto announced = clip();
    CHECK(bench.run(bench.uploads.create(announced))->upload == "abc");
    bench.answers(200, {{"upload-offset", "2"}});
    CHECK(bench.run(bench.uploads.position("abc"))->offset == 2);
    bench.answers(204, {{"upload-offset", "5"}, {"repr-digest", wire::write_digest(clip().sha256)}});
    CHECK(bench.run(bench.uploads.send("abc", piece_of("hello", 2)))->confirmed == clip().sha256);

    const auto &sent = bench.http.requests;
    REQUIRE(sent.size() == 3);
    for (const auto &request : sent) {
        CHECK(request.headers.at("Tus-Resumable") == "1.0.0");
    }
    CHECK(sent[0].method == "POST");
    CHECK(sent[0].url == "https://registry.example:8443/v1/media");
    CHECK(sent[0].headers.at("Upload-Length") == "5");
    CHECK(sent[0].headers.at("Upload-Metadata") == wire::write_metadata(announced));
    CHECK(sent[1].method == "HEAD");
    CHECK(sent[1].url == "https://registry.example:8443/v1/media/abc");
    CHECK(sent[2].method == "PATCH");
    CHECK(sent[2].headers.at("Upload-Offset") == "2");
    CHECK(sent[2].headers.at("Content-Type") == "application/offset+octet-stream");
    CHECK(sent[2].file_body->offset == 2);
    CHECK(sent[2].file_body->bytes == 3);
    CHECK(sent[2].headers.at("Upload-Checksum") == wire::write_checksum(sha256(as_bytes("llo"))));
}

TEST_CASE("uploads: an answer without a usable offset or address is corrupt, a refusal keeps its status") {
    Bench bench;
    for (const auto &headers : std::vector<std::map<std::string, std::string>>{
             {{"location", "/v1/media/abc"}},
             {{"location", "/v1/media/abc"}, {"upload-offset", "-1"}},
             {{"location", "https://elsewhere.example/files/abc"}, {"upload-offset", "0"}},
             {{"upload-offset", "0"}}}) {
        bench.answers(201, headers);
        CHECK(bench.run(bench.uploads.create(clip())).error().error.code == ErrorCode::corrupt);
    }
    for (const unsigned status : {404u, 409u, 410u, 460u, 503u}) {
        bench.answers(status);
        CHECK(bench.run(bench.uploads.send("abc", piece_of("x", 0))).error().status == status);
    }
}

TEST_CASE("uploads: a piece of more than a chunk has no checksum, so that what arrived of it may count") {
    Bench bench;
    bench.answers(204, {{"upload-offset", "1048577"}});
    CHECK(bench.run(bench.uploads.send("abc", piece_of(std::string(wire::kMediaChunkBytes, 'x'), 0))));
    CHECK(bench.run(bench.uploads.send("abc", piece_of(std::string(wire::kMediaChunkBytes + 1, 'x'), 0))));
    CHECK(bench.http.requests[0].headers.contains("Upload-Checksum"));
    CHECK_FALSE(bench.http.requests[1].headers.contains("Upload-Checksum"));
}

TEST_CASE("uploads: a file that cannot be read is the device's own fault, not the registry's") {
    Bench bench;
    bench.answers(204, {{"upload-offset", "5"}});
    auto shorter = piece_of("hello", 0);
    shorter.bytes = 6;
    const auto refused = bench.run(bench.uploads.send("abc", std::move(shorter)));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().own_file);
    CHECK(bench.http.requests.empty());
    bench.http.answer = [](const transport::HttpRequest &) -> Expected<transport::HttpResponse> {
        return fail(ErrorCode::cancelled, "operation aborted by callback");
    };
    CHECK(bench.run(bench.uploads.send("abc", piece_of("hello", 0))).error().own_file);
}
