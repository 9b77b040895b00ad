#include <doctest/doctest.h>

#include <future>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "firmware/core/base/json.hpp"
#include "tests/support/http_server.hpp"

using namespace xueshi;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

asio::awaitable<http::Response> echo(http::Request request) {
    if (request.path == "/throw") {
        throw std::runtime_error("secret detail");
    }
    http::Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.path + " " + request.body;
    co_return response;
}

http::Server::Options options_of(const http::Limits &limits) {
    http::Server::Options options;
    options.limits = limits;
    return options;
}

class Running : public test::HttpServer {
public:
    explicit Running(const http::Limits &limits = {}, http::Gate gate = {})
        : HttpServer(options_of(limits), echo, std::move(gate)) {}
};

/// A blocking client that sees raw bytes.
class Client {
public:
    explicit Client(std::uint16_t port) : socket_(io_) {
        socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
    }
    void send(const std::string &text) {
        boost::system::error_code ignored;
        asio::write(socket_, asio::buffer(text), ignored);
    }
    /// One response: head, and the body by its length.
    std::string receive() {
        boost::system::error_code error;
        while (text_.find("\r\n\r\n") == std::string::npos && !error) {
            more(error);
        }
        const auto head_end = text_.find("\r\n\r\n");
        if (head_end == std::string::npos) {
            return std::exchange(text_, {});
        }
        const auto field = text_.find("Content-Length: ");
        const std::size_t length = field < head_end ? std::stoul(text_.substr(field + 16)) : 0;
        while (text_.size() < head_end + 4 + length && !error) {
            more(error);
        }
        std::string response = text_.substr(0, head_end + 4 + length);
        text_.erase(0, response.size());
        return response;
    }
    /// True when the server closes.
    bool closed() {
        boost::system::error_code error;
        while (!error) {
            more(error);
        }
        return true;
    }

private:
    void more(boost::system::error_code &error) {
        std::array<char, 4096> piece;
        text_.append(piece.data(), socket_.read_some(asio::buffer(piece), error));
    }
    asio::io_context io_;
    tcp::socket socket_;
    std::string text_;
};

std::string status_of(const std::string &response) {
    return response.substr(0, response.find("\r\n"));
}

} // namespace

TEST_CASE("http: two requests go over one connection") {
    const Running server;
    Client client(server.port());
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.receive().ends_with("GET /a "));
    client.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz");
    CHECK(client.receive().ends_with("POST /b xyz"));
    client.send("GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(client.receive().ends_with("GET /c "));
    CHECK(client.closed());
}

TEST_CASE("http: pipelined requests are answered in order") {
    const Running server;
    Client client(server.port());
    client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.receive().ends_with("GET /1 "));
    CHECK(client.receive().ends_with("GET /2 "));
}

TEST_CASE("http: a HEAD gets the head only") {
    const Running server;
    Client client(server.port());
    client.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(client.closed());
}

TEST_CASE("F34: a body over the limit is refused with 413 before it is read") {
    http::Limits limits;
    limits.body_bytes = 10;
    const Running server(limits);
    SUBCASE("announced") {
        Client client(server.port());
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
        CHECK(status_of(client.receive()).starts_with("HTTP/1.1 413"));
    }
    SUBCASE("chunked") {
        Client client(server.port());
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + std::string(32, 'x') +
                    "\r\n0\r\n\r\n");
        CHECK(status_of(client.receive()).starts_with("HTTP/1.1 413"));
    }
}

TEST_CASE("F34: a negative length, a huge head and nonsense are refused with 4xx") {
    const Running server;
    for (const std::string &bad :
         {std::string("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
          std::string("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551617\r\n\r\n"),
          "GET /a HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
          std::string("\x16\x03\x01 nonsense\r\n\r\n"),
          std::string("GET /../x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")}) {
        Client client(server.port());
        client.send(bad);
        CHECK(status_of(client.receive()).starts_with("HTTP/1.1 4"));
        CHECK(client.closed());
    }
}

TEST_CASE("F34: a request that comes too slowly is cut, and others are served meanwhile") {
    http::Limits limits;
    limits.request = std::chrono::seconds(1);
    const Running server(limits);
    Client slow(server.port());
    slow.send("GET /a HT");
    Client other(server.port());
    other.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(other.receive().ends_with("GET /b "));
    CHECK(slow.closed());
}

TEST_CASE("F34: idle connections over the limit give way to new ones") {
    http::Limits limits;
    limits.connections = 8;
    const Running server(limits);
    std::vector<std::unique_ptr<Client>> idle;
    for (int i = 0; i < 100; ++i) {
        idle.push_back(std::make_unique<Client>(server.port()));
    }
    Client client(server.port());
    client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.receive().ends_with("GET /a "));
    CHECK(idle.front()->closed());
}

TEST_CASE("http: an idle connection is closed") {
    http::Limits limits;
    limits.idle = std::chrono::seconds(1);
    const Running server(limits);
    Client client(server.port());
    CHECK(client.closed());
}

TEST_CASE("F20: the gate refuses before a byte of the body is read") {
    const Running server({}, [](const http::Request &request) -> std::optional<http::Response> {
        CHECK(request.body.empty());
        if (request.path == "/open") {
            return std::nullopt;
        }
        return http::problem(403, "Forbidden", "no");
    });
    Client refused(server.port());
    refused.send("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"); // the body never comes
    const std::string answer = refused.receive();
    CHECK(status_of(answer).starts_with("HTTP/1.1 403"));
    CHECK(answer.find("application/problem+json") != std::string::npos);
    CHECK(refused.closed());

    Client bodyless(server.port());
    bodyless.send("GET /closed HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(status_of(bodyless.receive()).starts_with("HTTP/1.1 403"));
    bodyless.send("GET /open HTTP/1.1\r\nHost: x\r\n\r\n"); // the connection lived on
    CHECK(bodyless.receive().ends_with("GET /open "));
}

TEST_CASE("http: 100-continue is answered once the gate has let the request pass") {
    const Running server;
    Client client(server.port());
    client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    CHECK(status_of(client.receive()) == "HTTP/1.1 100 Continue");
    client.send("ok");
    CHECK(client.receive().ends_with("POST /a ok"));
}

TEST_CASE("http: what a handler throws becomes a 500 that says nothing of the inside") {
    const Running server;
    Client client(server.port());
    client.send("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.receive();
    CHECK(status_of(answer).starts_with("HTTP/1.1 500"));
    CHECK(answer.find("secret") == std::string::npos);
}

TEST_CASE("http: a problem is RFC 9457 JSON") {
    const auto response = http::problem(Error{ErrorCode::not_found, "no such class"});
    CHECK(response.status == 404);
    const auto body = json::parse(response.body);
    REQUIRE(body);
    CHECK(body->at("status") == 404);
    CHECK(body->at("detail") == "no such class");
    CHECK(body->at("type") == "about:blank");
}

TEST_CASE("http: every answer has the headers that the server was given, also one that it gives by itself") {
    auto options = options_of({.header_bytes = 1'000, .body_bytes = 10});
    options.headers = [](std::uint16_t port) { return http::Headers{{"X-Port", std::to_string(port)}}; };
    options.web_socket.path = "/ws";
    options.web_socket.connections = 0;
    const test::HttpServer server(options, echo);
    const std::string upgrade = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    const std::vector<std::pair<std::string, std::string>> answers{
        {"200", "GET / HTTP/1.1\r\n\r\n"},      {"400", "GET /../x HTTP/1.1\r\n\r\n"},
        {"400", "no request\r\n\r\n"},          {"413", "POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"},
        {"426", "GET /ws HTTP/1.1\r\n\r\n"},    {"431", "GET / HTTP/1.1\r\nX: " + std::string(2'000, 'x') + "\r\n\r\n"},
        {"500", "GET /throw HTTP/1.1\r\n\r\n"}, {"503", "GET /ws HTTP/1.1\r\n" + upgrade + "\r\n"}};
    for (const auto &[status, request] : answers) {
        CAPTURE(status);
        CAPTURE(request);
        Client client(server.port());
        client.send(request);
        const auto answer = client.receive();
        CHECK(status_of(answer).starts_with("HTTP/1.1 " + status));
        CHECK(answer.find("X-Port: " + std::to_string(server.port()) + "\r\n") != std::string::npos);
        CHECK(answer.find("Cache-Control: no-store\r\n") != std::string::npos);
        CHECK(answer.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
    }
}

TEST_CASE("http: a response's own header goes before the server's, whatever its case") {
    auto options = options_of({});
    options.headers = [](std::uint16_t) { return http::Headers{{"cache-control", "private"}, {"X-Kept", "yes"}}; };
    const test::HttpServer server(options, [](http::Request request) -> asio::awaitable<http::Response> {
        http::Response response;
        if (request.path == "/own") {
            response.headers["CACHE-CONTROL"] = "max-age=60";
        }
        co_return response;
    });
    Client client(server.port());
    client.send("GET /own HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    const auto own = client.receive(), other = client.receive();
    CHECK(own.find("CACHE-CONTROL: max-age=60\r\n") != std::string::npos);
    CHECK(own.find("private") == std::string::npos);
    CHECK(own.find("X-Kept: yes\r\n") != std::string::npos);
    CHECK(other.find("cache-control: private\r\n") != std::string::npos);
    CHECK(other.find("no-store") == std::string::npos);
}

TEST_CASE("http: a port that is taken is an error that says what to do, not a crash") {
    asio::io_context io;
    tcp::acceptor other(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0), false);
    http::Server::Options options;
    options.port = other.local_endpoint().port();
    const auto taken = http::Server::listen(io, options, echo);
    REQUIRE_FALSE(taken);
    CHECK(taken.error().message.find("'sudo ss -ltnp' names it") != std::string::npos);
    options.address = "192.0.2.1"; // of documentation (RFC 5737): no machine has it
    const auto absent = http::Server::listen(io, options, echo);
    REQUIRE_FALSE(absent);
    CHECK(absent.error().message.find("'ip address' lists") != std::string::npos);
}
