#include "firmware/control/server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include "firmware/control/connection.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::control {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

class SocketServer final : public Server {
public:
    SocketServer(asio::io_context &context, Options options)
        : context_(context), options_(std::move(options)), acceptor_(context) {}
    ~SocketServer() override { stop(); }

    Expected<void> open();
    void add(std::string verb, Access access, Handler handler) override {
        verbs_[std::move(verb)] = Verb{access, std::move(handler)};
    }
    const Handler *handler(std::string_view verb) const override {
        const auto found = verbs_.find(verb);
        return found == verbs_.end() ? nullptr : &found->second.handler;
    }
    void stop() override;

private:
    asio::awaitable<void> accept();
    void admit(stream_protocol::socket socket);
    std::size_t forget_closed();

    asio::io_context &context_;
    Options options_;
    stream_protocol::acceptor acceptor_;
    Verbs verbs_;
    std::vector<std::weak_ptr<Connection>> connections_;
};

/// A socket file left by a killed program answers nobody; one that answers belongs to a living program.
Expected<void> clear_way(asio::io_context &context, const std::filesystem::path &path) {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) {
        return {};
    }
    if (!S_ISSOCK(found.st_mode)) {
        return fail(ErrorCode::conflict, fmt::format("{} is there and is no socket", path.string()));
    }
    boost::system::error_code error;
    stream_protocol::socket probe(context);
    probe.connect(stream_protocol::endpoint(path.string()), error);
    if (!error) {
        return fail(ErrorCode::conflict, fmt::format("another program listens at {}", path.string()));
    }
    ::unlink(path.c_str());
    return {};
}

Expected<void> SocketServer::open() {
    if (options_.socket.string().size() >= sizeof(sockaddr_un::sun_path)) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("{}: a socket's path is at most {} bytes", options_.socket.string(),
                                sizeof(sockaddr_un::sun_path) - 1));
    }
    if (auto clear = clear_way(context_, options_.socket); !clear) {
        return clear;
    }
    boost::system::error_code error;
    acceptor_.open(stream_protocol(), error);
    // Nobody may connect between bind and chmod.
    const auto mask = ::umask(0117);
    if (!error) {
        acceptor_.bind(stream_protocol::endpoint(options_.socket.string()), error);
    }
    ::umask(mask);
    if (!error) {
        acceptor_.listen(static_cast<int>(options_.max_connections), error);
    }
    if (error) {
        return fail(ErrorCode::io, fmt::format("listen at {}: {}", options_.socket.string(), error.message()));
    }
    asio::co_spawn(context_, accept(), asio::detached);
    return {};
}

asio::awaitable<void> SocketServer::accept() {
    while (acceptor_.is_open()) {
        boost::system::error_code error;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
            co_return; // stopped: this object may be gone
        }
        if (!error) {
            admit(std::move(socket));
        }
    }
}

std::size_t SocketServer::forget_closed() {
    std::erase_if(connections_, [](const auto &connection) { return connection.expired(); });
    return connections_.size();
}

void SocketServer::admit(stream_protocol::socket socket) {
    const auto peer = peer_of(socket.native_handle());
    if (!peer) {
        log::error("control_peer_unknown", {log::Field(peer.error())});
        return;
    }
    if (forget_closed() >= options_.max_connections) {
        log::warning("control_too_many_connections", {{"peer", account(peer->uid)}});
        return;
    }
    const bool own = peer->uid == 0 || peer->uid == ::geteuid();
    const Rights rights{own || options_.operators.has(*peer), own || options_.sync.has(*peer), own};
    auto connection =
        std::make_shared<Connection>(std::move(socket), verbs_, rights, account(peer->uid), options_.idle);
    connections_.push_back(connection);
    asio::co_spawn(context_, connection->serve(), asio::detached);
}

void SocketServer::stop() {
    if (!acceptor_.is_open()) {
        return;
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (const auto &weak : connections_) {
        if (const auto connection = weak.lock()) {
            connection->close();
        }
    }
    ::unlink(options_.socket.c_str());
}

} // namespace

Expected<std::unique_ptr<Server>> Server::listen(asio::io_context &context, Options options) {
    auto server = std::make_unique<SocketServer>(context, std::move(options));
    if (auto opened = server->open(); !opened) {
        return tl::unexpected(opened.error());
    }
    return server;
}

} // namespace xueshi::control
