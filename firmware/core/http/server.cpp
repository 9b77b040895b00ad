#include "firmware/core/http/server.hpp"

#include <algorithm>
#include <cerrno>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/ssl.h>

#include "firmware/core/base/log.hpp"
#include "firmware/core/http/connection.hpp"

namespace xueshi::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100}; // out of descriptors: let some connections end first

/// TLS 1.2 and 1.3; no session resumption, so that each connection shows its certificate again.
Expected<std::unique_ptr<asio::ssl::context>> make_tls(const TlsFiles &files) {
    try {
        auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
        SSL_CTX *native = tls->native_handle();
        SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
        SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
        SSL_CTX_set_num_tickets(native, 0);
        SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
        tls->use_certificate_chain_file(files.certificate_chain.string());
        tls->use_private_key_file(files.private_key.string(), asio::ssl::context::pem);
        if (!files.client_ca.empty()) {
            tls->load_verify_file(files.client_ca.string());
            SSL_CTX_set_client_CA_list(native, SSL_load_client_CA_file(files.client_ca.c_str()));
            tls->set_verify_mode(asio::ssl::verify_peer); // asked for; without "fail if none" it stays optional
        }
        return tls;
    } catch (const std::exception &exception) {
        return fail(ErrorCode::invalid_argument, std::string("load the TLS files: ") + exception.what());
    }
}

class BeastServer final : public Server {
public:
    BeastServer(asio::io_context &io, tcp::acceptor acceptor, std::uint16_t port,
                std::shared_ptr<asio::ssl::context> tls, std::shared_ptr<Shared> shared)
        : acceptor_(std::make_shared<tcp::acceptor>(std::move(acceptor))), tls_(std::move(tls)),
          shared_(std::move(shared)), port_(port) {
        asio::co_spawn(io, accept(acceptor_, tls_, shared_), asio::detached);
    }
    ~BeastServer() override { BeastServer::stop(); }

    std::uint16_t port() const override { return port_; }

    void stop() override {
        shared_->stopping = true;
        error_code error;
        acceptor_->close(error);
        for (auto &slot : shared_->slots) {
            if (slot.idle || slot.upgraded) {
                slot.close();
            }
        }
    }

private:
    /// Full: the connection idle for longest gives way. False when none is idle.
    static bool make_room(Shared &shared) {
        if (shared.slots.size() < shared.limits.connections) {
            return true;
        }
        const auto idle = std::find_if(shared.slots.begin(), shared.slots.end(), [](const Slot &s) { return s.idle; });
        if (idle == shared.slots.end()) {
            return false;
        }
        idle->idle = false; // its coroutine ends soon; it must not be chosen twice
        idle->close();
        return true;
    }

    static asio::awaitable<void> serve_one(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
                                           std::shared_ptr<Shared> shared) {
        try {
            co_await serve(std::move(socket), tls.get(), shared);
        } catch (const std::exception &exception) {
            log::warning("connection_failed", {{"error", exception.what()}});
        }
    }

    // The coroutine owns what it uses: it may outlive the server object by one turn of the loop.
    static asio::awaitable<void> accept(std::shared_ptr<tcp::acceptor> acceptor,
                                        std::shared_ptr<asio::ssl::context> tls, std::shared_ptr<Shared> shared) {
        asio::steady_timer pause(acceptor->get_executor());
        while (!shared->stopping) {
            error_code error;
            tcp::socket socket = co_await acceptor->async_accept(asio::redirect_error(asio::use_awaitable, error));
            if (error && shared->stopping) {
                co_return;
            }
            if (error) {
                log::warning("accept_failed", {{"error", error.message()}});
                pause.expires_after(kAcceptPause);
                co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
                continue;
            }
            if (!make_room(*shared)) {
                log::warning("connection_refused", {{"reason", "all connections are busy"}});
                continue;
            }
            socket.set_option(tcp::no_delay(true), error);
            asio::co_spawn(acceptor->get_executor(), serve_one(std::move(socket), tls, shared), asio::detached);
        }
    }

    std::shared_ptr<tcp::acceptor> acceptor_;
    std::shared_ptr<asio::ssl::context> tls_;
    std::shared_ptr<Shared> shared_; // shared with the coroutines of its connections
    std::uint16_t port_;
};

/// What whoever runs the program can do about it.
std::string_view advice(const error_code &error) {
    if (error == asio::error::address_in_use) {
        return ": another program has this port ('sudo ss -ltnp' names it): end that one, or configure another port";
    }
    if (error.value() == EADDRNOTAVAIL) {
        return ": no interface of this machine has the address now ('ip address' lists those there are)";
    }
    return "";
}

Expected<tcp::acceptor> bind(asio::io_context &io, const Server::Options &options) {
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) {
        return fail(ErrorCode::invalid_argument, "not an IP address: " + options.address);
    }
    const tcp::endpoint endpoint(address, options.port);
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error && options.receive_buffer_bytes > 0) { // connections inherit it; later it would not bound the window
        acceptor.set_option(tcp::acceptor::receive_buffer_size(options.receive_buffer_bytes), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        return fail(ErrorCode::unavailable, "listen on " + options.address + ":" + std::to_string(options.port) + ": " +
                                                error.message() + std::string(advice(error)));
    }
    return acceptor;
}

} // namespace

Expected<std::unique_ptr<Server>> Server::listen(asio::io_context &io, Options options, Handler handler, Gate gate) {
    std::shared_ptr<asio::ssl::context> tls;
    if (options.tls) {
        auto made = make_tls(*options.tls);
        if (!made) {
            return tl::unexpected(made.error());
        }
        tls = std::move(*made);
    }
    auto acceptor = bind(io, options);
    if (!acceptor) {
        return tl::unexpected(acceptor.error());
    }
    auto shared = std::make_shared<Shared>();
    shared->limits = options.limits;
    shared->handler = std::move(handler);
    shared->gate = std::move(gate);
    shared->streamed = options.streamed;
    shared->web_socket = options.web_socket;
    error_code error;
    const auto port = acceptor->local_endpoint(error).port();
    if (options.headers) {
        shared->headers = options.headers(port);
    }
    return std::make_unique<BeastServer>(io, std::move(*acceptor), port, std::move(tls), std::move(shared));
}

} // namespace xueshi::http
