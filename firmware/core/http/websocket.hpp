#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "firmware/core/base/error.hpp"

namespace xueshi::http {

struct Request;

/// A whole message, as it comes and goes.
struct Message {
    Message() = default;
    explicit Message(std::string text) : data(std::move(text)) {}
    Message(std::string bytes, bool is_binary) : data(std::move(bytes)), binary(is_binary) {}

    std::string data; ///< UTF-8 unless binary
    bool binary = false;
};

/// Why an end closes (RFC 6455 section 7.4.1).
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    unsupported_data = 1003,
    policy_violation = 1008,
    too_big = 1009,
};

/// One open WebSocket (RFC 6455). On the server's io_context only; one `read` and one `write` may wait at a time. Pings
/// of the other end are answered while a `read` waits.
class WebSocket {
public:
    virtual ~WebSocket() = default;
    /// The next message. Error: `unavailable`: closed or cut off; `too_large`: over the limit, which the other end is
    /// told; `timeout`: it did not answer a ping. After an error there is no next one.
    virtual boost::asio::awaitable<Expected<Message>> read() = 0;
    /// Returns when the socket has taken all of it, which may be as long as the other end takes to read what was
    /// before. Errors as above.
    virtual boost::asio::awaitable<Expected<void>> write(const Message &message) = 0;
    /// Says goodbye, after what is being written; a waiting `read` ends. Idempotent.
    virtual void close(CloseCode code) = 0;
    /// At once, without a word: the other end does not read. Idempotent.
    virtual void cut() = 0;
    /// Of the messages that begin from now on.
    virtual void set_message_limit(std::size_t bytes) = 0;
};

/// The socket is closed when the handler returns, and may be held longer.
using WebSocketHandler = std::function<boost::asio::awaitable<void>(Request, std::shared_ptr<WebSocket>)>;

/// What a server answers where it is asked for a WebSocket. The gate is asked before.
struct WebSocketOptions {
    std::string path;                      ///< of the one resource; empty: there is none
    WebSocketHandler handler = {};         ///< runs as long as the socket is wanted
    std::size_t message_bytes = 16 * 1024; ///< of each message that comes, see WebSocket::set_message_limit
    std::chrono::seconds idle{30};         ///< silent for half of it: pinged; for all of it: cut off
    std::size_t connections = 16;          ///< at a time; further ones get 503
};

} // namespace xueshi::http
