#pragma once

#include <memory>
#include <stdexcept>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "firmware/core/base/bytes.hpp"
#include "tests/support/web_socket_client.hpp"

namespace xueshi::test {

/// The same over TLS, to whatever certificate the other end shows. Links OpenSSL::SSL.
class TlsWebSocketClient final : public WebSocketClient {
public:
    explicit TlsWebSocketClient(std::uint16_t port)
        : WebSocketClient(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_.get())) {
        SSL_set_fd(ssl_.get(), handle());
        if (SSL_connect(ssl_.get()) != 1) {
            throw std::runtime_error("no TLS");
        }
    }
    void send_bytes(std::string_view bytes) override {
        SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    }
    /// SHA-256 of the other end's certificate.
    Bytes certificate_digest() const {
        Bytes digest(EVP_MAX_MD_SIZE);
        unsigned size = 0;
        const std::unique_ptr<X509, Free> certificate(SSL_get1_peer_certificate(ssl_.get()));
        X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size);
        digest.resize(size);
        return digest;
    }

protected:
    ssize_t read_some(char *out, std::size_t most) override {
        return SSL_read(ssl_.get(), out, static_cast<int>(most));
    }

private:
    struct Free {
        void operator()(SSL_CTX *context) const { SSL_CTX_free(context); }
        void operator()(SSL *ssl) const { SSL_free(ssl); }
        void operator()(X509 *certificate) const { X509_free(certificate); }
    };
    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> ssl_;
};

} // namespace xueshi::test
