#include "firmware/core/http/stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace xueshi::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

std::string certificate_pem(SSL *ssl) {
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    if (certificate == nullptr) {
        return {};
    }
    BIO *memory = BIO_new(BIO_s_mem());
    std::string pem; // without memory none was shown, and nobody is let in
    if (memory != nullptr && PEM_write_bio_X509(memory, certificate) == 1) {
        char *data = nullptr;
        const long size = BIO_get_mem_data(memory, &data);
        pem.assign(data, static_cast<std::size_t>(size));
    }
    BIO_free(memory);
    X509_free(certificate);
    return pem;
}

void shut_down_both(beast::tcp_stream &stream) {
    error_code ignored;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
}

class PlainStream final : public Stream {
public:
    explicit PlainStream(asio::ip::tcp::socket socket) : stream_(std::move(socket)) {}
    beast::tcp_stream &next_layer() override { return stream_; }
    asio::awaitable<error_code> open() override { co_return error_code(); }
    void end_sending() override {
        error_code ignored;
        stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }
    asio::awaitable<void> shut_down() override {
        shut_down_both(stream_);
        co_return;
    }
    std::string peer_certificate_pem() override { return {}; }
    void tear_down(beast::role_type role, Ended handler) override {
        using beast::websocket::async_teardown;
        async_teardown(role, stream_, std::move(handler));
    }

private:
    void read_some(asio::mutable_buffer into, Transferred handler) override {
        stream_.async_read_some(into, std::move(handler));
    }
    void write_some(const Gathered &from, Transferred handler) override {
        stream_.async_write_some(from, std::move(handler));
    }

    beast::tcp_stream stream_;
};

class TlsStream final : public Stream {
public:
    TlsStream(asio::ip::tcp::socket socket, asio::ssl::context &tls) : stream_(std::move(socket), tls) {}
    beast::tcp_stream &next_layer() override { return stream_.next_layer(); }
    asio::awaitable<error_code> open() override {
        error_code error;
        co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                         asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }
    void end_sending() override {}
    asio::awaitable<void> shut_down() override {
        error_code ignored;
        co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
        shut_down_both(next_layer());
    }
    std::string peer_certificate_pem() override { return certificate_pem(stream_.native_handle()); }
    void tear_down(beast::role_type role, Ended handler) override {
        beast::async_teardown(role, stream_, std::move(handler));
    }

private:
    void read_some(asio::mutable_buffer into, Transferred handler) override {
        stream_.async_read_some(into, std::move(handler));
    }
    void write_some(const Gathered &from, Transferred handler) override {
        stream_.async_write_some(from, std::move(handler));
    }

    beast::ssl_stream<beast::tcp_stream> stream_;
};

} // namespace

std::unique_ptr<Stream> plain_stream(asio::ip::tcp::socket socket) {
    return std::make_unique<PlainStream>(std::move(socket));
}

std::unique_ptr<Stream> tls_stream(asio::ip::tcp::socket socket, asio::ssl::context &tls) {
    return std::make_unique<TlsStream>(std::move(socket), tls);
}

} // namespace xueshi::http
