#include <doctest/doctest.h>

#include <fstream>
#include <optional>

#include <boost/asio/co_spawn.hpp>

#include "daemon/transport/http_client.hpp"
#include "firmware/core/http/server.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_pki.hpp"

using namespace xueshi;
namespace asio = boost::asio;

namespace {

/// The product's own server and client, over TLS with client certificates.
struct Bench {
    asio::io_context io;
    test::TemporaryDirectory directory;
    test::TestPki pki;
    std::unique_ptr<http::Server> server;
    std::size_t bodies = 0; ///< bytes that the handler saw

    void write(const std::string &name, const std::string &text) { std::ofstream(directory / name) << text; }
    explicit Bench(http::Gate refusing = {}) {
        const auto identity = pki.issue({});
        write("server.crt", identity.certificate_pem);
        write("server.key", identity.key_pem);
        write("ca.pem", pki.ca_pem());
        http::Server::Options options;
        options.tls = http::TlsFiles{directory / "server.crt", directory / "server.key", directory / "ca.pem"};
        options.limits.body_bytes = 3u << 20;
        server = http::Server::listen(
                     io, options,
                     [this](http::Request request) -> asio::awaitable<http::Response> {
                         bodies += request.body.size();
                         http::Response response;
                         response.body = request.client_certificate_pem.empty() ? "stranger" : "known";
                         co_return response;
                     },
                     refusing)
                     .value();
    }
    std::unique_ptr<transport::HttpClient> client(bool with_certificate, long valid_until_s = 3600) {
        transport::TlsOptions tls;
        tls.ca_pem = pki.ca_pem();
        if (with_certificate) {
            test::TestPki::Wish wish;
            wish.common_name = "d-01";
            wish.valid_from_s = -7200;
            wish.valid_until_s = valid_until_s;
            const auto issued = pki.issue(wish);
            write("client.crt", issued.certificate_pem);
            write("client.key", issued.key_pem);
            tls.client_certificate = directory / "client.crt";
            tls.client_key = directory / "client.key";
        }
        return transport::make_curl_client(io, std::move(tls)).value();
    }
    Expected<transport::HttpResponse> post(transport::HttpClient &client, std::size_t bytes) {
        transport::HttpRequest request;
        request.method = "POST";
        request.url = "https://127.0.0.1:" + std::to_string(server->port()) + "/v1/events";
        request.headers["Content-Type"] = "application/json";
        request.body.assign(bytes, 'x');
        std::optional<Expected<transport::HttpResponse>> out;
        asio::co_spawn(io, client.send(std::move(request)), [&](std::exception_ptr, auto answer) {
            out = std::move(answer);
            io.stop();
        });
        io.restart();
        io.run_for(std::chrono::seconds(20));
        return out ? *out : fail(ErrorCode::timeout, "no answer");
    }
};

} // namespace

TEST_CASE("transport: our server knows our client by its certificate, and large bodies pass") {
    Bench bench;
    const auto known = bench.client(true);
    CHECK(bench.post(*known, 10)->body == "known");
    CHECK(bench.post(*known, 2u << 20)->body == "known");
    CHECK(bench.bodies == 10 + (2u << 20));
    const auto stranger = bench.client(false);
    CHECK(bench.post(*stranger, 10)->body == "stranger");
}

TEST_CASE("F20: a refusal before the body is read reaches the client as that refusal") {
    Bench bench([](const http::Request &) { return http::problem(403, "Forbidden", "revoked"); });
    const auto client = bench.client(true);
    for (const std::size_t bytes : {10u, 300u << 10, 2u << 20}) {
        const auto answer = bench.post(*client, bytes);
        REQUIRE(answer);
        CHECK(answer->status == 403);
    }
    CHECK(bench.bodies == 0);
}

TEST_CASE("F20: a client whose certificate has ended hears so, however much it is sending") {
    Bench bench;
    const auto client = bench.client(true, -3600);
    for (const std::size_t bytes : {10u, 300u << 10, 2u << 20}) {
        for (int times = 0; times < 5; ++times) {
            CHECK(bench.post(*client, bytes).error().code == ErrorCode::unsupported);
        }
    }
    CHECK(bench.bodies == 0);
}

TEST_CASE("F18: a body over the server's limit comes back as 413") {
    Bench bench;
    const auto client = bench.client(true);
    const auto answer = bench.post(*client, 3'500'000);
    REQUIRE(answer);
    CHECK(answer->status == 413);
    CHECK(bench.bodies == 0);
}
