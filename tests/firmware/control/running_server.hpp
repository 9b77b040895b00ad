#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <doctest/doctest.h>

#include "firmware/control/server.hpp"
#include "firmware/core/base/unique_fd.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xueshi::test {

/// A control server on a loop in a thread of its own.
class RunningServer {
public:
    explicit RunningServer(control::Server::Options options = {}) {
        options.socket = socket();
        auto listening = control::Server::listen(context, std::move(options));
        REQUIRE(listening);
        server = std::move(*listening);
    }
    ~RunningServer() {
        boost::asio::post(context, [this] { server->stop(); });
        work.reset();
        if (thread.joinable()) {
            thread.join();
        }
    }
    /// Call after the verbs were added.
    void run() {
        thread = std::thread([this] { context.run(); });
    }
    std::filesystem::path socket() const { return directory / "control.sock"; }

    /// A raw connection.
    UniqueFd connect() const {
        UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, socket().c_str(), sizeof(address.sun_path) - 1);
        REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0);
        return fd;
    }
    /// Sends bytes; gives what the server sends until a line break or its end.
    static std::string exchange(const UniqueFd &fd, std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                break;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        std::string line;
        char byte = 0;
        while (::read(fd.get(), &byte, 1) == 1 && byte != '\n') {
            line += byte;
        }
        return line;
    }

    TemporaryDirectory directory;
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
    std::unique_ptr<control::Server> server;
    std::thread thread;
};

} // namespace xueshi::test
