#include <doctest/doctest.h>

#include <fstream>
#include <optional>

#include "daemon/transport/http_client.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/upload_piece.hpp"

using namespace xueshi;
namespace asio = boost::asio;

namespace {

struct Bench {
    asio::io_context io;
    test::TestPki pki;
    test::TestPki::Issued identity;
    std::unique_ptr<test::ScriptedServer> server;

    explicit Bench(const test::TestPki::Wish &wish = {}, bool wants_client = false, int newest_tls = TLS1_3_VERSION)
        : identity(pki.issue(wish)) {
        server = std::make_unique<test::ScriptedServer>(io, identity, wants_client ? pki.ca_pem() : "", newest_tls);
    }

    transport::TlsOptions trust() const {
        transport::TlsOptions tls;
        tls.ca_pem = pki.ca_pem();
        return tls;
    }
    std::unique_ptr<transport::HttpClient> client(transport::TlsOptions tls) {
        return transport::make_curl_client(io, std::move(tls)).value();
    }
    Expected<transport::HttpResponse> send(transport::HttpClient &client, transport::HttpRequest request) {
        std::optional<Expected<transport::HttpResponse>> out;
        asio::co_spawn(io, client.send(std::move(request)), [&](std::exception_ptr, auto answer) {
            out = std::move(answer);
            io.stop();
        });
        io.restart();
        io.run_for(std::chrono::seconds(20));
        return out ? *out : fail(ErrorCode::timeout, "the client never answered");
    }
};

transport::HttpRequest post(const std::string &url, std::string body = "payload") {
    transport::HttpRequest request;
    request.method = "POST";
    request.url = url;
    request.headers["Content-Type"] = "application/json";
    request.body = std::move(body);
    return request;
}
transport::HttpRequest get(const std::string &url) {
    transport::HttpRequest request;
    request.url = url;
    return request;
}
std::string ok(const std::string &body, const std::string &headers = {}) {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

TEST_CASE("transport: a request and its answer cross TLS, header names in lower case") {
    Bench bench;
    bench.server->answer = [](const std::string &) { return ok("hello", "ETag: \"abc\"\r\n"); };
    const auto client = bench.client(bench.trust());
    const auto answer = bench.send(*client, post(bench.server->url("/v1/events")));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "hello");
    CHECK(answer->headers.at("etag") == "\"abc\"");
    CHECK(bench.server->requests.at(0).starts_with("POST /v1/events HTTP/1.1\r\n"));
    CHECK(bench.server->requests.at(0).find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(bench.server->requests.at(0).ends_with("\r\n\r\npayload"));
}

TEST_CASE("transport: a body that lies in a file is what the file has from the offset on; a shorter file cancels") {
    Bench bench;
    const auto client = bench.client(bench.trust());
    auto request = post(bench.server->url(), "");
    request.method = "PATCH";
    request.file_body = transport::FileBody{test::file_of("hello world"), 5, 6};
    REQUIRE(bench.send(*client, request));
    CHECK(bench.server->requests.at(0).ends_with("\r\n\r\nworld"));
    request.file_body->bytes = 6;
    CHECK(bench.send(*client, request).error().code == ErrorCode::cancelled);
}

TEST_CASE("transport: an exchange that is told to stop ends, cancelled") {
    Bench bench;
    const auto client = bench.client(bench.trust());
    std::atomic<bool> stop = false;
    auto request = post(bench.server->url(), std::string(4 << 20, 'x'));
    request.stop = &stop;
    CHECK(bench.send(*client, request));
    request.max_send_bytes_per_s = 100'000;
    bench.server->requests.clear();
    asio::steady_timer soon(bench.io, std::chrono::milliseconds(300));
    soon.async_wait([&](auto) { stop = true; });
    CHECK(bench.send(*client, request).error().code == ErrorCode::cancelled);
    CHECK(bench.server->requests.empty());
}

TEST_CASE("transport: an HTTP refusal is an answer, not an error") {
    Bench bench;
    bench.server->answer = [](const std::string &) {
        return "HTTP/1.1 503 Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    };
    const auto client = bench.client(bench.trust());
    const auto answer = bench.send(*client, get(bench.server->url()));
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->headers.at("retry-after") == "7");
}

TEST_CASE("transport: a redirect is not followed") {
    Bench bench;
    bench.server->answer = [](const std::string &) {
        return "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
    };
    const auto client = bench.client(bench.trust());
    CHECK(bench.send(*client, get(bench.server->url()))->status == 302);
    CHECK(bench.server->requests.size() == 1);
}

TEST_CASE("transport: requests one after another share a connection") {
    Bench bench;
    const auto client = bench.client(bench.trust());
    for (int i = 0; i < 5; ++i) {
        REQUIRE(bench.send(*client, post(bench.server->url())));
    }
    CHECK(bench.server->connections == 1);
    CHECK(bench.server->requests.size() == 5);
}

TEST_CASE("transport: a connection the server closed is replaced") {
    Bench bench;
    const auto client = bench.client(bench.trust());
    bench.server->answer = [](const std::string &) { return ok("x") + test::ScriptedServer::kHangUp; };
    for (int i = 0; i < 3; ++i) {
        REQUIRE(bench.send(*client, post(bench.server->url())));
    }
    CHECK(bench.server->connections >= 3);
}

TEST_CASE("F19: a server of another CA gets no payload byte") {
    Bench bench;
    transport::TlsOptions tls;
    tls.ca_pem = test::TestPki("another CA").ca_pem();
    const auto client = bench.client(tls);
    const auto answer = bench.send(*client, post(bench.server->url()));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::denied);
    CHECK(bench.server->connections == 1);
    CHECK(bench.server->payload_bytes == 0);
}

TEST_CASE("F19: without a CA nobody is trusted") {
    Bench bench;
    const auto client = bench.client({});
    CHECK(bench.send(*client, post(bench.server->url())).error().code == ErrorCode::denied);
    CHECK(bench.server->payload_bytes == 0);
}

TEST_CASE("F19: a server certificate for another name gets no payload byte") {
    for (const std::string name : {"DNS:registry.example", "IP:127.0.0.2", ""}) {
        test::TestPki::Wish wish;
        wish.alternative_name = name;
        Bench bench(wish);
        const auto client = bench.client(bench.trust());
        const auto answer = bench.send(*client, post(bench.server->url()));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::denied);
        CHECK(bench.server->payload_bytes == 0);
    }
}

TEST_CASE("F19: an expired or not yet valid server certificate gets no payload byte") {
    for (const auto &[from, until] : {std::pair{-7200L, -3600L}, std::pair{3600L, 7200L}}) {
        test::TestPki::Wish wish;
        wish.valid_from_s = from;
        wish.valid_until_s = until;
        Bench bench(wish);
        const auto client = bench.client(bench.trust());
        const auto answer = bench.send(*client, post(bench.server->url()));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::denied);
        CHECK(bench.server->payload_bytes == 0);
    }
}

TEST_CASE("F19: a server that knows only TLS 1.1 gets no payload byte") {
    Bench bench({}, false, TLS1_1_VERSION);
    const auto client = bench.client(bench.trust());
    const auto answer = bench.send(*client, post(bench.server->url()));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::denied);
    CHECK(bench.server->payload_bytes == 0);
}

TEST_CASE("F19: a pinned key stands for the CA, and another key gets no payload byte") {
    Bench bench;
    transport::TlsOptions tls;
    tls.pinned_public_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const auto client = bench.client(tls);
    CHECK(bench.send(*client, post(bench.server->url())).error().code == ErrorCode::denied);
    CHECK(bench.server->payload_bytes == 0);
}

TEST_CASE(
    "F20: a server that wants a client certificate gets ours; that it refuses none, an expired or a stranger's one is "
    "told apart from a server that is not trusted") {
    for (const int newest_tls : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(newest_tls);
        Bench bench({}, true, newest_tls);
        const test::TemporaryDirectory directory;
        const auto with_certificate = [&](const test::TestPki &issuer, long valid_until_s) {
            test::TestPki::Wish wish;
            wish.common_name = "d-01";
            wish.valid_from_s = -7200;
            wish.valid_until_s = valid_until_s;
            const auto issued = issuer.issue(wish);
            std::ofstream(directory / "client.crt") << issued.certificate_pem;
            std::ofstream(directory / "client.key") << issued.key_pem;
            auto tls = bench.trust();
            tls.client_certificate = directory / "client.crt";
            tls.client_key = directory / "client.key";
            const auto client = bench.client(tls);
            return bench.send(*client, post(bench.server->url()));
        };
        CHECK(with_certificate(bench.pki, 3600));
        const test::TestPki stranger("another CA");
        CHECK(with_certificate(stranger, 3600).error().code == ErrorCode::unsupported);
        CHECK(with_certificate(bench.pki, -3600).error().code == ErrorCode::unsupported);
        CHECK(bench.server->requests.size() == 1);
        const auto bare = bench.client(bench.trust());
        const auto without = bench.send(*bare, post(bench.server->url())).error().code;
        CHECK(without ==
              (newest_tls == TLS1_3_VERSION ? ErrorCode::unsupported : ErrorCode::denied)); // a plain failure
        CHECK(bench.server->requests.size() == 1);
        auto tls = bench.trust();
        tls.client_certificate = tls.client_key = directory / "none";
        const auto unreadable = bench.client(tls);
        CHECK(bench.send(*unreadable, post(bench.server->url())).error().code == ErrorCode::unsupported);
    }
}

// Only that it took long enough: how much longer a busy machine takes says nothing.
TEST_CASE("transport: a request that may send so many bytes a second takes its time") {
    Bench bench;
    const auto client = bench.client(bench.trust());
    auto request = post(bench.server->url(), std::string(1 << 20, 'x'));
    request.max_send_bytes_per_s = 1 << 20;
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = bench.send(*client, std::move(request));
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(500));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(bench.server->requests.at(0).size() > std::size_t{1} << 20);
}

TEST_CASE("F16: a server that never answers ends in a timeout") {
    Bench bench;
    bench.server->answer = [](const std::string &) { return ""; };
    const auto client = bench.client(bench.trust());
    auto request = post(bench.server->url());
    request.timeout = std::chrono::milliseconds(200);
    CHECK(bench.send(*client, request).error().code == ErrorCode::timeout);
}

TEST_CASE("F16: a connection that breaks inside the answer is unavailable") {
    Bench bench;
    bench.server->answer = [](const std::string &) {
        return std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") + test::ScriptedServer::kHangUp;
    };
    const auto client = bench.client(bench.trust());
    CHECK(bench.send(*client, get(bench.server->url())).error().code == ErrorCode::unavailable);
}

TEST_CASE("transport: an answer over its limit is cut off") {
    Bench bench;
    bench.server->answer = [](const std::string &) { return ok(std::string(100'000, 'x')); };
    const auto client = bench.client(bench.trust());
    auto request = get(bench.server->url());
    request.max_response_bytes = 99'999;
    CHECK(bench.send(*client, request).error().code == ErrorCode::too_large);
    request.max_response_bytes = 100'000;
    CHECK(bench.send(*client, request)->body.size() == 100'000);
    bench.server->answer = [](const std::string &) { return ok("", "X: " + std::string(90'000, 'x') + "\r\n"); };
    CHECK(bench.send(*client, request).error().code == ErrorCode::too_large);
}

TEST_CASE("transport: nobody listening is unavailable") {
    Bench bench;
    asio::ip::tcp::acceptor free_port(bench.io, {asio::ip::address_v4::loopback(), 0});
    const std::string url = "https://127.0.0.1:" + std::to_string(free_port.local_endpoint().port());
    free_port.close();
    const auto client = bench.client(bench.trust());
    CHECK(bench.send(*client, get(url)).error().code == ErrorCode::unavailable);
}

TEST_CASE("transport: a server that leaves during the handshake is unavailable, not denied") {
    Bench bench;
    asio::ip::tcp::acceptor acceptor(bench.io, {asio::ip::address_v4::loopback(), 0});
    acceptor.async_accept([](boost::system::error_code, asio::ip::tcp::socket socket) { socket.close(); });
    const auto client = bench.client(bench.trust());
    const std::string url = "https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    CHECK(bench.send(*client, get(url)).error().code == ErrorCode::unavailable);
}

TEST_CASE("transport: plain http is for this machine only, other schemes for nobody") {
    Bench bench;
    const auto client = bench.client(bench.trust());
    for (const std::string url :
         {"http://registry.example/", "file:///etc/passwd", "ftp://127.0.0.1/", "", "https://"}) {
        CHECK(bench.send(*client, get(url)).error().code == ErrorCode::invalid_argument);
    }
}

TEST_CASE("transport: a client may go while its request is under way") {
    Bench bench;
    bench.server->answer = [](const std::string &) { return ""; };
    auto client = bench.client(bench.trust());
    auto request = post(bench.server->url());
    request.timeout = std::chrono::seconds(5); // for TCP and TLS, too
    std::optional<Expected<transport::HttpResponse>> out;
    asio::co_spawn(bench.io, client->send(request), [&](std::exception_ptr, auto answer) {
        out = std::move(answer);
        bench.io.stop();
    });
    while (bench.server->requests.empty()) {
        REQUIRE_FALSE(bench.io.stopped());
        bench.io.run_one();
    }
    client.reset();
    bench.io.run_for(std::chrono::seconds(20));
    REQUIRE(out);
    CHECK(out->error().code == ErrorCode::timeout);
}
