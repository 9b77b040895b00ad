#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/test_pki.hpp"

namespace xueshi::test {

/// A TLS server on a free port that counts what reaches it and answers each request with a given text, byte for byte.
class ScriptedServer {
public:
    int connections = 0;
    std::size_t payload_bytes = 0;     ///< after the handshake
    std::vector<std::string> requests; ///< head and body
    /// The raw answer to a request; empty: never answers. A text ending in kHangUp closes the connection behind it.
    std::function<std::string(const std::string &request)> answer = [](const std::string &) {
        return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    };
    static constexpr char kHangUp = '\x04';

    ScriptedServer(boost::asio::io_context &io, const TestPki::Issued &identity, const std::string &client_ca = {},
                   int newest_tls = TLS1_3_VERSION)
        : acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}), tls_(boost::asio::ssl::context::tls_server) {
        tls_.use_certificate_chain(boost::asio::buffer(identity.certificate_pem));
        tls_.use_private_key(boost::asio::buffer(identity.key_pem), boost::asio::ssl::context::pem);
        if (!client_ca.empty()) {
            tls_.add_certificate_authority(boost::asio::buffer(client_ca));
            tls_.set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
        }
        if (newest_tls < TLS1_2_VERSION) { // OpenSSL keeps these behind its lowest security level
            SSL_CTX_set_cipher_list(tls_.native_handle(), "DEFAULT@SECLEVEL=0");
            SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_VERSION);
        }
        SSL_CTX_set_max_proto_version(tls_.native_handle(), newest_tls);
        boost::asio::co_spawn(io, accept(), boost::asio::detached);
    }

    unsigned short port() const { return acceptor_.local_endpoint().port(); }
    std::string url(const std::string &path = "/") const {
        return "https://127.0.0.1:" + std::to_string(port()) + path;
    }

private:
    using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

    boost::asio::awaitable<void> accept() {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(boost::asio::use_awaitable);
            ++connections;
            boost::asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), boost::asio::detached);
        }
    }

    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket) {
        Stream stream(std::move(socket), tls_);
        boost::system::error_code error;
        co_await stream.async_handshake(boost::asio::ssl::stream_base::server,
                                        boost::asio::redirect_error(boost::asio::use_awaitable, error));
        std::string pending;
        while (!error) {
            const std::string request = co_await read(stream, pending, error);
            if (error) {
                co_return;
            }
            requests.push_back(request);
            std::string reply = answer(request);
            const bool hang_up = !reply.empty() && reply.back() == kHangUp;
            if (hang_up) {
                reply.pop_back();
            }
            const auto bytes = boost::asio::buffer(reply);
            co_await boost::asio::async_write(stream, bytes,
                                              boost::asio::redirect_error(boost::asio::use_awaitable, error));
            if (hang_up) {
                co_return;
            }
        }
    }

    /// One request: its head, and as much body as Content-Length says.
    boost::asio::awaitable<std::string> read(Stream &stream, std::string &pending, boost::system::error_code &error) {
        std::size_t need = std::string::npos;
        while (pending.size() < need) {
            if (const auto end = pending.find("\r\n\r\n"); end != std::string::npos && need == std::string::npos) {
                const auto length = pending.find("Content-Length: ");
                need = end + 4 + (length < end ? std::stoul(pending.substr(length + 16)) : 0);
                continue;
            }
            std::array<char, 16384> chunk;
            const auto bytes = boost::asio::buffer(chunk);
            const std::size_t count =
                co_await stream.async_read_some(bytes, boost::asio::redirect_error(boost::asio::use_awaitable, error));
            payload_bytes += count;
            pending.append(chunk.data(), count);
            if (error) {
                co_return std::string();
            }
        }
        std::string request = pending.substr(0, need);
        pending.erase(0, need);
        co_return request;
    }

    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::ssl::context tls_;
};

} // namespace xueshi::test
