#include "daemon/upstream/xueshi/xueshi.hpp"

#include <doctest/doctest.h>

#include <optional>

#include <boost/asio/co_spawn.hpp>

#include "daemon/wire/nonce.hpp"
#include "tests/support/fake_http_client.hpp"
#include "tests/support/upload_piece.hpp"

using namespace xueshi;
namespace asio = boost::asio;

namespace {

struct Bench {
    asio::io_context io;
    test::FakeHttpClient *http;
    std::unique_ptr<upstream::Upstream> up;

    Bench() {
        auto client = std::make_unique<test::FakeHttpClient>();
        http = client.get();
        up = upstream::make_xueshi_upstream(std::move(client), "https://registry.example:8443/");
    }
    void answers(unsigned status, std::string body, std::map<std::string, std::string> headers = {}) {
        http->answer = [=](const transport::HttpRequest &) -> Expected<transport::HttpResponse> {
            transport::HttpResponse response;
            response.status = status;
            response.body = body;
            response.headers = headers;
            return response;
        };
    }
    template <typename T>
    T run(asio::awaitable<T> work) {
        std::optional<T> out;
        asio::co_spawn(io, std::move(work), [&](std::exception_ptr, T answer) { out = std::move(answer); });
        io.restart();
        io.run();
        return *out;
    }
};

wire::EventBatch batch() {
    wire::EventBatch out;
    out.chain = ChainId(Uuid::v4().str());
    out.events.emplace_back();
    out.events[0].seq = 1;
    out.events[0].signature = Bytes{1};
    return out;
}

} // namespace

TEST_CASE("upstream: events are posted as the wire writes them, and the answer is read") {
    Bench bench;
    wire::BatchAnswer given;
    given.accepted_through = 1;
    given.results = {{1, wire::EventOutcome::duplicate, ""}};
    bench.answers(200, wire::write(given));
    const auto sent = batch();
    const auto answer = bench.run(bench.up->send_events(sent));
    REQUIRE(answer);
    CHECK(answer->results == given.results);
    CHECK(bench.http->requests.at(0).url == "https://registry.example:8443/v1/events");
    CHECK(bench.http->requests.at(0).method == "POST");
    CHECK(bench.http->requests.at(0).body == wire::write(sent));
}

TEST_CASE("upstream: a refusal, an unreadable answer and no answer are told apart") {
    Bench bench;
    bench.answers(429, "", {{"retry-after", "3"}});
    const auto refused = bench.run(bench.up->send_events(batch()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().status == 429);
    CHECK(refused.error().retry_after_s == 3);

    bench.answers(200, "<html>");
    const auto unreadable = bench.run(bench.up->send_events(batch()));
    REQUIRE_FALSE(unreadable);
    CHECK(unreadable.error().status == 200);
    CHECK(unreadable.error().error.code == ErrorCode::corrupt);

    bench.http->answer = [](const transport::HttpRequest &) -> Expected<transport::HttpResponse> {
        return fail(ErrorCode::timeout, "late");
    };
    const auto none = bench.run(bench.up->send_events(batch()));
    REQUIRE_FALSE(none);
    CHECK(none.error().status == 0);
    CHECK(none.error().error.code == ErrorCode::timeout);
}

TEST_CASE("upstream: the roster comes with its tag, or not at all when the tag still holds") {
    Bench bench;
    bench.answers(200, "document", {{"etag", "\"v1\""}});
    const auto first = bench.run(bench.up->fetch_roster(""));
    REQUIRE(first);
    CHECK(first->document == "document");
    CHECK(first->etag == "\"v1\"");
    CHECK_FALSE(bench.http->requests.at(0).headers.contains("If-None-Match"));

    bench.answers(304, "");
    const auto second = bench.run(bench.up->fetch_roster("\"v1\""));
    REQUIRE(second);
    CHECK(second->document.empty());
    CHECK(second->etag == "\"v1\"");
    CHECK(bench.http->requests.at(1).headers.at("If-None-Match") == "\"v1\"");

    CHECK_FALSE(bench.run(bench.up->fetch_roster("")));
    bench.answers(200, "document", {{"etag", "a b"}});
    CHECK(bench.run(bench.up->fetch_roster(""))->etag.empty());
}

TEST_CASE("upstream: a claim's answer must fit its status") {
    Bench bench;
    wire::ClaimAnswer waiting;
    waiting.code = "K7Q2-M9";
    const auto claim = [&] { return bench.run(bench.up->claim(wire::ClaimRequest())); };
    bench.answers(202, wire::write(waiting));
    CHECK(claim()->code == "K7Q2-M9");
    bench.answers(200, wire::write(waiting));
    CHECK(claim().error().error.code == ErrorCode::corrupt);
    bench.answers(403, R"({"detail":"the token is used"})");
    CHECK(claim().error().error.code == ErrorCode::denied);
}

TEST_CASE("upstream: the newest answer's signed time is kept until it is taken") {
    Bench bench;
    identity::SignedDocument first, second;
    first.payload = "first";
    second.payload = "second";
    first.signature = second.signature = Bytes{1};
    CHECK_FALSE(bench.up->take_nonce());
    for (const auto *document : {&first, &second}) {
        bench.answers(200, "{}", {{"xueshi-nonce", wire::write_nonce_header(*document)}});
        bench.run(bench.up->fetch_roster(""));
    }
    bench.answers(304, "");
    bench.run(bench.up->fetch_roster("\"v1\"")); // carries none
    const auto taken = bench.up->take_nonce();
    REQUIRE(taken);
    CHECK(taken->payload == "second");
    CHECK_FALSE(bench.up->take_nonce());
}

TEST_CASE("upstream: the bandwidth that is set last holds for events and for clips") {
    Bench bench;
    bench.answers(503, "");
    const auto send_both = [&] {
        bench.http->requests.clear();
        bench.run(bench.up->send_events(batch()));
        bench.run(bench.up->send_piece("u", test::piece_of("bytes")));
        std::vector<std::int64_t> caps;
        for (const auto &request : bench.http->requests) {
            caps.push_back(request.max_send_bytes_per_s);
        }
        return caps;
    };
    CHECK(send_both() == std::vector<std::int64_t>{0, 0});
    bench.up->limit_sending(20'000);
    CHECK(send_both() == std::vector<std::int64_t>{20'000, 20'000});
    bench.up->limit_sending(0);
    CHECK(send_both() == std::vector<std::int64_t>{0, 0});
}

TEST_CASE("upstream: commands are asked for after a number, with the wait on top of the exchange's time") {
    Bench bench;
    bench.answers(200, R"({"commands":[]})");
    const auto none = bench.run(bench.up->wait_for_commands(7, std::chrono::seconds(30)));
    REQUIRE(none);
    CHECK(none->empty());
    const auto &request = bench.http->requests.back();
    CHECK(request.url == "https://registry.example:8443/v1/commands?after=7&wait=30");
    CHECK(request.timeout > std::chrono::seconds(30));
    bench.answers(200, R"({"commands":[{"payload":"{}"}]})");
    CHECK(bench.run(bench.up->wait_for_commands(0, {})).error().error.code == ErrorCode::corrupt);
    bench.answers(503, "", {{"retry-after", "9"}});
    CHECK(bench.run(bench.up->wait_for_commands(0, {})).error().retry_after_s == 9);
}
