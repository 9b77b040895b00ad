#include <doctest/doctest.h>

#include <fcntl.h>

#include <fstream>
#include <future>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/http_server.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Counts what comes in pieces of 1,000 bytes: "<pieces> <bytes> <end or error code>".
asio::awaitable<http::Response> count(http::Request request) {
    http::Response response;
    response.content_type = "text/plain";
    if (request.stream == nullptr) {
        response.body = "whole " + std::to_string(request.body.size());
        co_return response;
    }
    if (request.path == "/stream/refuse") {
        response.status = 409;
        co_return response;
    }
    std::vector<std::uint8_t> piece(1'000);
    std::size_t pieces = 0, bytes = 0;
    for (;;) {
        const auto got = co_await request.stream->read(piece);
        if (!got || *got == 0) {
            const std::string end = got ? "end" : std::string(to_string(got.error().code));
            response.body = std::to_string(pieces) + " " + std::to_string(bytes) + " " + end;
            co_return response;
        }
        ++pieces;
        bytes += *got;
    }
}

http::Server::Options options(std::chrono::seconds deadline) {
    http::Server::Options options;
    options.limits.body_bytes = 100;
    options.limits.request = deadline;
    options.streamed = [](const http::Request &request) { return request.path.starts_with("/stream"); };
    return options;
}

class Running : public test::HttpServer {
public:
    explicit Running(http::Handler handler = count, std::chrono::seconds deadline = std::chrono::minutes(1))
        : HttpServer(options(deadline), std::move(handler)) {}
};

class Client {
public:
    explicit Client(const Running &server) : socket_(io_) {
        socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), server.port()));
    }
    Client &send(const std::string &text) {
        asio::write(socket_, asio::buffer(text));
        return *this;
    }
    std::string receive_until(const std::string &mark) {
        std::string text;
        char byte = 0;
        boost::system::error_code error;
        while (!text.ends_with(mark) && asio::read(socket_, asio::buffer(&byte, 1), error) == 1) {
            text += byte;
        }
        return text;
    }
    void stop_sending() { socket_.shutdown(tcp::socket::shutdown_send); }

private:
    asio::io_context io_;
    tcp::socket socket_;
};

std::string put(const std::string &path, std::size_t length) {
    return "PUT " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

} // namespace

TEST_CASE("http: a streamed body comes in pieces, over the limit of whole ones, and the connection goes on") {
    const Running server;
    Client client(server);
    client.send(put("/stream", 40'000) + std::string(40'000, 'x'));
    CHECK(client.receive_until("end").ends_with("40 40000 end"));
    client.send("PUT /stream HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    CHECK(client.receive_until("end").ends_with("1 5 end"));
    client.send(put("/stream", 0)); // no body: nothing to stream
    CHECK(client.receive_until("whole 0").ends_with("whole 0"));
    client.send(put("/whole", 101) + std::string(101, 'x'));
    CHECK(client.receive_until("\r\n").find("413") != std::string::npos);
}

TEST_CASE("http: a client that waits for 100 Continue is invited when its streamed body is first asked for") {
    const Running server;
    Client client(server);
    client.send("PUT /stream HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n").find("100 Continue") != std::string::npos);
    client.send("abc");
    CHECK(client.receive_until("end").ends_with("1 3 end"));
}

TEST_CASE("F16: a streamed body that is cut gives what came and then the cut") {
    const Running server;
    Client client(server);
    client.send(put("/stream", 5'000) + std::string(2'500, 'x')).stop_sending();
    CHECK(client.receive_until("unavailable").ends_with("3 2500 unavailable"));
}

TEST_CASE("F34: a streamed body a byte at a time ends at the deadline, others are served") {
    std::promise<ErrorCode> seen;
    const auto read_all = [&](http::Request request) -> asio::awaitable<http::Response> {
        http::Response response;
        if (request.stream != nullptr) {
            std::vector<std::uint8_t> piece(1'000);
            auto got = co_await request.stream->read(piece);
            while (got && *got > 0) {
                got = co_await request.stream->read(piece);
            }
            seen.set_value(got ? ErrorCode::io : got.error().code);
        }
        co_return response;
    };
    const Running server(read_all, std::chrono::seconds(1));
    Client slow(server);
    slow.send(put("/stream", 5'000) + "x");
    Client other(server);
    other.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(other.receive_until("\r\n").find("200") != std::string::npos);
    CHECK(seen.get_future().get() == ErrorCode::timeout);
}

TEST_CASE("http: a handler that refuses a streamed body is heard, and the connection ends") {
    const Running server;
    Client client(server);
    client.send(put("/stream/refuse", 50'000) + std::string(20'000, 'x'));
    const auto answer = client.receive_until("\r\n\r\n");
    CHECK(answer.find("409") != std::string::npos);
    CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE("http: a slice of a file is sent as it lies there; HEAD tells its length; 204 has none") {
    const test::TemporaryDirectory directory;
    std::string content;
    for (int i = 0; i < 50'000; ++i) {
        content += static_cast<char>('a' + i % 23);
    }
    std::ofstream(directory / "file") << content;
    const Running server([&](http::Request request) -> asio::awaitable<http::Response> {
        http::Response response;
        if (request.path == "/nothing") {
            response.status = 204;
            co_return response;
        }
        auto slice = std::make_shared<http::FileSlice>();
        slice->fd = UniqueFd(::open((directory / "file").c_str(), O_RDONLY | O_CLOEXEC));
        slice->offset = 7;
        slice->length = 40'000;
        response.file = slice;
        response.content_type = "video/mp4";
        co_return response;
    });
    Client client(server);
    client.send("HEAD /file HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n").find("Content-Length: 40000") != std::string::npos);
    client.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n").find("Content-Length") == std::string::npos);
    client.send("GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    client.receive_until("\r\n\r\n");
    CHECK(client.receive_until("never there") == content.substr(7, 40'000));
}
