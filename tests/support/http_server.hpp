#pragma once

#include <memory>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <doctest/doctest.h>

#include "firmware/core/http/server.hpp"

namespace xueshi::test {

/// A server on its own thread and a free port.
class HttpServer {
public:
    explicit HttpServer(const http::Server::Options &options, http::Handler handler, http::Gate gate = {}) {
        auto listening = http::Server::listen(io_, options, std::move(handler), std::move(gate));
        REQUIRE(listening);
        server_ = std::move(*listening);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~HttpServer() {
        boost::asio::post(io_, [this] { server_->stop(); });
        thread_.join();
    }
    std::uint16_t port() const { return server_->port(); }

private:
    boost::asio::io_context io_;
    std::unique_ptr<http::Server> server_;
    std::thread thread_;
};

} // namespace xueshi::test
