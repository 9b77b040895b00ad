#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::transport {

/// A body that lies in a file, `bytes` from `offset` on; read while it is sent.
struct FileBody {
    std::shared_ptr<const UniqueFd> file; ///< shared: a request may be copied
    std::int64_t bytes = 0;
    std::int64_t offset = 0;
};

/// Signs a request as S3 wants it (AWS Signature Version 4); the header x-amz-content-sha256 is the caller's.
struct S3Signing {
    std::string access_key, secret_key, region;
};

struct HttpRequest {
    std::string method = "GET";
    std::string url; ///< https only, but for loopback tests
    std::map<std::string, std::string> headers;
    std::string body;
    std::chrono::milliseconds timeout{30'000}; ///< of the whole exchange
    std::size_t max_response_bytes = 8u << 20;
    std::int64_t max_send_bytes_per_s = 0; ///< 0: as fast as it goes
    std::optional<FileBody> file_body;     ///< instead of `body`
    std::optional<S3Signing> sign_for_s3;
    std::chrono::seconds stall{0};           ///< given up when nothing moves for so long; 0: only by `timeout`
    const std::atomic<bool> *stop = nullptr; ///< once true the exchange ends, cancelled; outlives it
};

struct HttpResponse {
    unsigned status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;
};

/// TLS >= 1.2; only this CA is trusted; the name is checked.
struct TlsOptions {
    std::string ca_pem;
    std::filesystem::path client_certificate, client_key; ///< both or none
    /// Instead of `ca_pem` at the very first contact: base64 SHA-256 of the server's public key, known from
    /// provisioning.
    std::string pinned_public_key;
};

/// Sends requests. Bound to the io_context's thread. An HTTP status is a response, not an Error; Errors are:
/// unavailable (no connection), timeout, denied (TLS: the server's certificate, name, CA), unsupported (TLS: the server
/// does not take our certificate, or it cannot be used), too_large, cancelled (by `stop`, or because a FileBody cannot
/// be read to its end).
class HttpClient {
public:
    virtual ~HttpClient() = default;
    virtual boost::asio::awaitable<Expected<HttpResponse>> send(HttpRequest request) = 0;
    /// The files of TlsOptions have changed: new requests go over new connections.
    virtual void forget_connections() {}
};

/// libcurl's multi interface inside the Asio loop (transport/curl).
Expected<std::unique_ptr<HttpClient>> make_curl_client(boost::asio::io_context &io, TlsOptions tls);

} // namespace xueshi::transport
