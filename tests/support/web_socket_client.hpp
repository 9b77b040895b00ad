#pragma once

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "firmware/core/base/json.hpp"

namespace xueshi::test {

/// A blocking WebSocket client that sees and sends single frames (RFC 6455 section 5.2), also wrong ones.
class WebSocketClient {
public:
    struct Frame {
        int opcode = 0; ///< 1 text, 2 binary, 8 close, 9 ping, 10 pong
        std::string payload;
    };

    explicit WebSocketClient(std::uint16_t port) : socket_(io_) {
        socket_.connect(boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address_v4("127.0.0.1"), port));
        set_deadline(60);
    }

    /// Longest wait for a single read: only a test that fails comes to its end.
    void set_deadline(int seconds) {
        const timeval longest{seconds, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest));
    }
    /// So little is on its way to a client that does not read.
    void set_receive_buffer(int bytes) {
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    }

    /// The head of the answer. `headers`: lines that end with \r\n, without the WebSocket's own.
    std::string open(std::string_view path, std::string_view headers) {
        send_bytes("GET " + std::string(path) +
                   " HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
                   std::string(headers) + "\r\n");
        return head();
    }
    std::string head() {
        while (received_.find("\r\n\r\n") == std::string::npos && more()) {
        }
        const auto end = received_.find("\r\n\r\n");
        return end == std::string::npos ? std::exchange(received_, {}) : take(end + 4);
    }

    virtual ~WebSocketClient() = default;
    virtual void send_bytes(std::string_view bytes) {
        boost::system::error_code ignored;
        boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
    }
    /// Masked with zeros, which is a mask like any other.
    void send(int opcode, std::string_view payload, bool last = true) {
        std::string frame(1, static_cast<char>((last ? 0x80 : 0) | opcode));
        const auto length_byte = payload.size() < 126 ? payload.size() : payload.size() < 65'536 ? 126U : 127U;
        frame += static_cast<char>(0x80U | length_byte);
        const unsigned bytes = length_byte == 126 ? 2 : length_byte == 127 ? 8 : 0;
        for (unsigned i = bytes; i > 0; --i) {
            frame += static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> (8 * (i - 1)) & 0xffU);
        }
        send_bytes(frame + std::string(4, '\0') + std::string(payload));
    }
    void send_text(std::string_view text) { send(1, text); }

    /// Nothing: the other end closed the connection, or the deadline passed.
    std::optional<Frame> receive() {
        if (!fill(2)) {
            return std::nullopt;
        }
        Frame frame;
        frame.opcode = received_[0] & 0x0f;
        std::uint64_t length = static_cast<unsigned char>(received_[1]) & 0x7fU;
        const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (!fill(2 + extended)) {
            return std::nullopt;
        }
        if (extended > 0) {
            length = 0;
        }
        for (std::size_t i = 0; i < extended; ++i) {
            length = length << 8U | static_cast<unsigned char>(received_[2 + i]);
        }
        if (!fill(2 + extended + length)) {
            return std::nullopt;
        }
        take(2 + extended);
        frame.payload = take(length);
        return frame;
    }
    /// The next text message as JSON whose `type` is this one; others are skipped, binary ones too. Null: none comes.
    json::Value receive_type(std::string_view type) {
        while (auto frame = receive()) {
            if (frame->opcode != 1) {
                continue;
            }
            auto value = json::parse(frame->payload);
            if (value && value->is_object() && value->at("type").as_string() == type) {
                return std::move(*value);
            }
        }
        return nullptr;
    }
    /// The close frame's code, whatever comes before; 0: closed without one.
    int receive_close() {
        while (auto frame = receive()) {
            if (frame->opcode == 8 && frame->payload.size() >= 2) {
                return static_cast<unsigned char>(frame->payload[0]) << 8 |
                       static_cast<unsigned char>(frame->payload[1]);
            }
        }
        return 0;
    }

protected:
    int handle() { return socket_.native_handle(); }
    /// Bytes that came; 0 or less: none will.
    virtual ssize_t read_some(char *out, std::size_t most) { return ::recv(socket_.native_handle(), out, most, 0); }

private:
    bool more() {
        std::array<char, 65'536> piece;
        const auto got = read_some(piece.data(), piece.size());
        if (got <= 0) {
            return false;
        }
        received_.append(piece.data(), static_cast<std::size_t>(got));
        return true;
    }
    bool fill(std::size_t bytes) {
        while (received_.size() < bytes) {
            if (!more()) {
                return false;
            }
        }
        return true;
    }
    std::string take(std::size_t bytes) {
        std::string taken = received_.substr(0, bytes);
        received_.erase(0, bytes);
        return taken;
    }

    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_;
    std::string received_;
};

} // namespace xueshi::test
