#include "firmware/core/http/websocket.hpp"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "firmware/core/base/file.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test_pki.hpp"
#include "tests/support/tls_web_socket_client.hpp"
#include "tests/support/web_socket_client.hpp"

using namespace xueshi;
namespace asio = boost::asio;
using test::WebSocketClient;

namespace {

constexpr std::string_view kHost = "Host: x\r\n";

asio::awaitable<http::Response> plain(http::Request request) {
    http::Response response;
    response.content_type = "text/plain";
    response.body = request.method + " " + request.path;
    co_return response;
}

/// Says back what it hears, until the other end goes or says "bye".
asio::awaitable<void> echo(http::Request, std::shared_ptr<http::WebSocket> socket) {
    while (true) {
        const auto message = co_await socket->read();
        if (!message || message->data == "bye") {
            co_return;
        }
        if (message->data == "throw") {
            throw std::runtime_error("inside");
        }
        const auto written = co_await socket->write(*message);
        if (!written) {
            co_return;
        }
    }
}

http::Server::Options options_of(http::WebSocketHandler handler) {
    http::Server::Options options;
    options.web_socket.path = "/ws";
    options.web_socket.handler = std::move(handler);
    options.web_socket.message_bytes = 1'000;
    return options;
}

/// Sends as fast as the socket takes it, and says how it ended.
struct Flood {
    std::promise<Error> ended;
    http::WebSocketHandler handler() {
        return [this](http::Request, std::shared_ptr<http::WebSocket> socket) { return run(std::move(socket)); };
    }
    asio::awaitable<void> run(std::shared_ptr<http::WebSocket> socket) {
        auto reading = [socket]() -> asio::awaitable<void> { // pings and their answers need a reader
            auto message = co_await socket->read();
            while (message) {
                message = co_await socket->read();
            }
        };
        asio::co_spawn(co_await asio::this_coro::executor, std::move(reading), asio::detached);
        const http::Message block(std::string(64 << 10, 'x'), true);
        auto written = co_await socket->write(block);
        while (written) {
            written = co_await socket->write(block);
        }
        ended.set_value(written.error());
    }
};

} // namespace

TEST_CASE("websocket: the answer to a handshake, granted or not, has the headers that the server was given") {
    auto options = options_of(echo);
    options.headers = [](std::uint16_t) { return http::Headers{{"X-Every", "answer"}}; };
    const test::HttpServer server(options, plain);
    WebSocketClient granted(server.port());
    const auto open = granted.open("/ws", kHost);
    CHECK(open.starts_with("HTTP/1.1 101"));
    CHECK(open.find("X-Every: answer\r\n") != std::string::npos);
    WebSocketClient old(server.port());
    old.send_bytes("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n");
    const auto refused = old.head();
    CHECK(refused.starts_with("HTTP/1.1 426"));
    CHECK(refused.find("X-Every: answer\r\n") != std::string::npos);
}

TEST_CASE("websocket: messages go to and fro over an upgraded connection, text and binary") {
    const test::HttpServer server(options_of(echo), plain);
    WebSocketClient client(server.port());
    const auto head = client.open("/ws", kHost);
    CHECK(head.starts_with("HTTP/1.1 101"));
    CHECK(head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos); // RFC 6455 section 1.3's own example
    client.send_text("你好");
    auto frame = client.receive();
    REQUIRE(frame);
    CHECK(frame->opcode == 1);
    CHECK(frame->payload == "你好");
    client.send(2, std::string("\0\1", 2));
    frame = client.receive();
    REQUIRE(frame);
    CHECK(frame->opcode == 2);
    CHECK(frame->payload.size() == 2);
    client.send(1, "in two ", false);
    client.send(0, "pieces");
    CHECK(client.receive().value_or(WebSocketClient::Frame()).payload == "in two pieces");
    client.send(9, "are you there");
    frame = client.receive();
    REQUIRE(frame);
    CHECK(frame->opcode == 10);
    CHECK(frame->payload == "are you there");
}

TEST_CASE("websocket: other requests of the same server are answered as ever, before and beside it") {
    const test::HttpServer server(options_of(echo), plain);
    WebSocketClient socket(server.port());
    REQUIRE(socket.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    WebSocketClient other(server.port());
    other.send_bytes("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(other.head().starts_with("HTTP/1.1 200"));
    WebSocketClient elsewhere(server.port());
    CHECK(elsewhere.open("/a", kHost).starts_with("HTTP/1.1 200"));
}

TEST_CASE("websocket: its resource without an upgrade is 426, and a wrong version is refused") {
    const test::HttpServer server(options_of(echo), plain);
    WebSocketClient plainly(server.port());
    plainly.send_bytes("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto head = plainly.head();
    CHECK(head.starts_with("HTTP/1.1 426"));
    CHECK(head.find("Upgrade: websocket") != std::string::npos);
    WebSocketClient old(server.port());
    old.send_bytes("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 7\r\n\r\n");
    CHECK(old.head().starts_with("HTTP/1.1 4"));
}

TEST_CASE("websocket: the gate refuses before the upgrade") {
    const test::HttpServer server(
        options_of(echo), plain, [](const http::Request &request) -> std::optional<http::Response> {
            return request.header("origin") == "http://good" ? std::nullopt
                                                             : std::optional(http::problem(403, "Forbidden", "no"));
        });
    WebSocketClient bad(server.port());
    CHECK(bad.open("/ws", "Host: x\r\nOrigin: http://bad\r\n").starts_with("HTTP/1.1 403"));
    WebSocketClient good(server.port());
    CHECK(good.open("/ws", "Host: x\r\nOrigin: http://good\r\n").starts_with("HTTP/1.1 101"));
}

TEST_CASE("F34: a message over the limit, announced or in pieces, closes the WebSocket with 1009") {
    const test::HttpServer server(options_of(echo), plain);
    WebSocketClient client(server.port());
    REQUIRE(client.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    SUBCASE("announced: 2^62 bytes that never come") {
        client.send_bytes(std::string("\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0", 14));
    }
    SUBCASE("in pieces") {
        client.send(1, std::string(600, 'x'), false);
        client.send(0, std::string(600, 'x'));
    }
    CHECK(client.receive_close() == 1009);
}

TEST_CASE("websocket: frames against the protocol close it with 1002, text that is no UTF-8 with 1007") {
    const test::HttpServer server(options_of(echo), plain);
    WebSocketClient client(server.port());
    REQUIRE(client.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    SUBCASE("not masked") {
        client.send_bytes(std::string("\x81\x01x", 3));
        CHECK(client.receive_close() == 1002);
    }
    SUBCASE("a reserved opcode") {
        client.send(3, "x");
        CHECK(client.receive_close() == 1002);
    }
    SUBCASE("no UTF-8") {
        client.send_text("\xff\xfe");
        CHECK(client.receive_close() == 1007);
    }
}

TEST_CASE("F34: more WebSockets than the limit get 503, and one that ends makes room") {
    auto options = options_of(echo);
    options.web_socket.connections = 2;
    const test::HttpServer server(options, plain);
    auto first = std::make_unique<WebSocketClient>(server.port());
    WebSocketClient second(server.port());
    REQUIRE(first->open("/ws", kHost).starts_with("HTTP/1.1 101"));
    REQUIRE(second.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    CHECK(WebSocketClient(server.port()).open("/ws", kHost).starts_with("HTTP/1.1 503"));
    first->send_text("bye");
    CHECK(first->receive_close() == 1000);
    first.reset();
    std::string head;
    for (int i = 0; i < 1'000 && !head.starts_with("HTTP/1.1 101"); ++i) { // until its end was noticed
        head = WebSocketClient(server.port()).open("/ws", kHost);
    }
    CHECK(head.starts_with("HTTP/1.1 101"));
}

TEST_CASE("F34: a WebSocket is not closed to make room for new connections") {
    auto options = options_of(echo);
    options.limits.connections = 4;
    const test::HttpServer server(options, plain);
    WebSocketClient socket(server.port());
    REQUIRE(socket.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    std::vector<std::unique_ptr<WebSocketClient>> idle;
    for (int i = 0; i < 20; ++i) {
        idle.push_back(std::make_unique<WebSocketClient>(server.port()));
    }
    CHECK_FALSE(idle.front()->receive()); // gave way
    socket.send_text("still here");
    CHECK(socket.receive().value_or(WebSocketClient::Frame()).payload == "still here");
}

TEST_CASE("websocket: the silent are pinged, and who does not answer is cut off") {
    auto options = options_of(echo);
    options.web_socket.idle = std::chrono::seconds(2);
    const test::HttpServer server(options, plain);
    WebSocketClient client(server.port());
    REQUIRE(client.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    const auto ping = client.receive();
    REQUIRE(ping);
    CHECK(ping->opcode == 9);
    SUBCASE("answered") {
        client.send(10, ping->payload);
        CHECK(client.receive().value_or(WebSocketClient::Frame()).opcode == 9); // and asked again
    }
    SUBCASE("not answered") {
        CHECK_FALSE(client.receive());
    }
}

TEST_CASE("F34: who does not read what is sent is cut off, and the sender waits meanwhile") {
    Flood flood;
    auto options = options_of(flood.handler());
    options.web_socket.idle = std::chrono::seconds(2);
    auto ended = flood.ended.get_future();
    const test::HttpServer server(options, plain);
    WebSocketClient client(server.port());
    client.set_receive_buffer(4'096);
    client.send_bytes("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    CHECK_FALSE(ended.get().message.empty());
}

TEST_CASE("websocket: what a handler throws ends its WebSocket and not the server") {
    const test::HttpServer server(options_of(echo), plain);
    WebSocketClient client(server.port());
    REQUIRE(client.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    client.send_text("throw");
    CHECK(client.receive_close() == 1000);
    WebSocketClient next(server.port());
    CHECK(next.open("/ws", kHost).starts_with("HTTP/1.1 101"));
}

TEST_CASE("websocket: a server that stops cuts its WebSockets") {
    auto server = std::make_unique<test::HttpServer>(options_of(echo), plain);
    WebSocketClient client(server->port());
    REQUIRE(client.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    server.reset(); // joins its thread: it would hang if the WebSocket kept the loop busy
    CHECK_FALSE(client.receive());
}

TEST_CASE("websocket: over TLS messages go to and fro as well, and a server that stops cuts it") {
    const test::TemporaryDirectory directory;
    const test::TestPki pki;
    const auto issued = pki.issue({});
    REQUIRE(write_file_durably(directory / "chain.pem", issued.certificate_pem));
    REQUIRE(write_file_durably(directory / "key.pem", issued.key_pem));
    auto options = options_of(echo);
    options.tls.emplace();
    options.tls->certificate_chain = directory / "chain.pem";
    options.tls->private_key = directory / "key.pem";
    auto server = std::make_unique<test::HttpServer>(options, plain);
    test::TlsWebSocketClient client(server->port());
    REQUIRE(client.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    client.send_text("一");
    const auto heard = client.receive();
    REQUIRE(heard);
    CHECK(heard->payload == "一");
    test::TlsWebSocketClient leaving(server->port());
    REQUIRE(leaving.open("/ws", kHost).starts_with("HTTP/1.1 101"));
    leaving.send_text("bye");
    CHECK(leaving.receive_close() == 1000);
    server.reset();
    CHECK_FALSE(client.receive());
}
