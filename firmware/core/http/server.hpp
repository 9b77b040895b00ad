#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/unique_fd.hpp"
#include "firmware/core/http/websocket.hpp"

namespace xueshi::http {

/// A request's body, taken piece by piece while it arrives.
class BodyStream {
public:
    virtual ~BodyStream() = default;
    /// Fills `out`; less only where the body ends or is cut, which the next call tells: 0 is the end, `unavailable` a
    /// cut, `timeout` a client slower than kStreamBlock within Limits::request.
    virtual boost::asio::awaitable<Expected<std::size_t>> read(std::span<std::uint8_t> out) = 0;
};
inline constexpr std::size_t kStreamBlock = 16 * 1024;

/// Bytes of an open file, sent without reading it whole.
struct FileSlice {
    UniqueFd fd;
    std::uint64_t offset = 0, length = 0;
};

/// Names and values of a message's fields.
using Headers = std::map<std::string, std::string>;

struct Request {
    std::string method;                       ///< upper case
    std::string path;                         ///< decoded, without query; never contains ".." segments
    std::map<std::string, std::string> query; ///< decoded; a repeated key is refused with 400
    Headers headers;                          ///< names in lower case
    std::string body;
    BodyStream *stream = nullptr;       ///< instead of `body` where Options::streamed says so; good until the answer
    std::string peer;                   ///< address:port, for the log
    std::string client_certificate_pem; ///< empty: none was shown. Chain verified against the given CA.

    std::string header(const std::string &lower_name) const;
};

struct Response {
    unsigned status = 200;
    std::string content_type = "application/json";
    Headers headers;
    std::string body;
    std::shared_ptr<const FileSlice> file; ///< sent instead of `body`; shared, because a response may be copied
};

/// RFC 9457: {"type":"about:blank","title":...,"status":...,"detail":...}, application/problem+json.
Response problem(unsigned status, std::string_view title, std::string_view detail);
/// A problem for an Error: invalid_argument 400, denied 403, not_found 404, conflict and already_exists 409, too_large
/// 413, no_space 507, unavailable 503, timeout 504, the rest 500 (whose message stays in the log).
Response problem(const Error &error);

struct TlsFiles {
    std::filesystem::path certificate_chain, private_key;
    std::filesystem::path
        client_ca; ///< empty: client certificates are not asked for; else asked for, verified, optional
};

struct Limits {
    std::size_t header_bytes = 16 * 1024;
    std::size_t body_bytes = 4 << 20;
    std::chrono::seconds idle{30};    ///< without a request
    std::chrono::seconds request{30}; ///< from the first byte of a request to its last (slowloris)
    std::size_t connections = 512;
};

using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

/// Asked with the head only, before a byte of the body is read: a Response refuses at once, nullopt goes on.
using Gate = std::function<std::optional<Response>(const Request &)>;

/// HTTP/1.1 over TCP with or without TLS (>= 1.2). Runs on the io_context it was given.
class Server {
public:
    struct Options {
        std::string address = "127.0.0.1";
        std::uint16_t port = 0; ///< 0: chosen by the system, see port()
        std::optional<TlsFiles> tls;
        Limits limits;
        int receive_buffer_bytes = 0; ///< of each connection, what the kernel holds unread; 0: as it likes
        /// Of these requests the handler reads a body itself (Request::stream); Limits::body_bytes is not for them.
        std::function<bool(const Request &)> streamed = {};
        WebSocketOptions web_socket = {};
        /// Of every answer, those that the server gives by itself among them; a Response's own go before. Asked once,
        /// with the port that it listens on.
        std::function<Headers(std::uint16_t port)> headers = {};
    };
    static Expected<std::unique_ptr<Server>> listen(boost::asio::io_context &io, Options options, Handler handler,
                                                    Gate gate = {});
    virtual ~Server() = default;
    virtual std::uint16_t port() const = 0;
    /// No new connections; running requests end, WebSockets are cut. Idempotent.
    virtual void stop() = 0;
};

} // namespace xueshi::http
