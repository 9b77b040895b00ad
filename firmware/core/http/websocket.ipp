#pragma once

#include <memory>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "firmware/core/http/websocket.hpp"

/// A part of connection.cpp (templates over Beast's streams): what becomes of a connection that was upgraded.
namespace xueshi::http {

template <typename Stream>
class BeastWebSocket final : public WebSocket, public std::enable_shared_from_this<BeastWebSocket<Stream>> {
public:
    BeastWebSocket(Stream &&stream, const WebSocketOptions &options) : stream_(std::move(stream)) {
        namespace ws = boost::beast::websocket;
        boost::beast::get_lowest_layer(stream_).expires_never(); // the WebSocket keeps the time from here on
        ws::stream_base::timeout times{};
        times.handshake_timeout = options.idle;
        times.idle_timeout = options.idle;
        times.keep_alive_pings = true;
        stream_.set_option(times);
        stream_.auto_fragment(false); // a message is a frame
        stream_.read_message_max(options.message_bytes);
    }

    template <typename Head>
    boost::asio::awaitable<boost::system::error_code> accept(const Head &head) {
        boost::system::error_code error;
        co_await stream_.async_accept(head, boost::asio::redirect_error(boost::asio::use_awaitable, error));
        co_return error;
    }

    boost::asio::awaitable<Expected<Message>> read() override {
        boost::beast::flat_buffer buffer;
        boost::system::error_code error;
        co_await stream_.async_read(buffer, boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (error) {
            co_return tl::unexpected(explain(error));
        }
        co_return Message(boost::beast::buffers_to_string(buffer.data()), stream_.got_binary());
    }

    boost::asio::awaitable<Expected<void>> write(const Message &message) override {
        boost::system::error_code error;
        stream_.binary(message.binary);
        co_await stream_.async_write(boost::asio::buffer(message.data),
                                     boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (error) {
            co_return tl::unexpected(explain(error));
        }
        co_return Expected<void>();
    }

    void close(CloseCode code) override {
        if (std::exchange(closing_, true) || !stream_.is_open()) {
            return;
        }
        const auto reason = static_cast<boost::beast::websocket::close_code>(code);
        stream_.async_close(reason, [self = this->shared_from_this()](const boost::system::error_code &) {});
    }

    void set_message_limit(std::size_t bytes) override { stream_.read_message_max(bytes); }

    void cut() override {
        closing_ = true;
        boost::beast::get_lowest_layer(stream_).close();
    }

private:
    static Error explain(const boost::system::error_code &error) {
        namespace ws = boost::beast::websocket;
        if (error == ws::error::message_too_big || error == ws::error::buffer_overflow) {
            return Error{ErrorCode::too_large, "a message over the limit"};
        }
        if (error == boost::beast::error::timeout) {
            return Error{ErrorCode::timeout, "the other end of the WebSocket is silent"};
        }
        return Error{ErrorCode::unavailable, "the WebSocket: " + error.message()};
    }

    boost::beast::websocket::stream<Stream> stream_;
    bool closing_ = false;
};

} // namespace xueshi::http
