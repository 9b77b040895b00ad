#include "firmware/core/http/upgraded.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

namespace xueshi::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using boost::system::error_code;

namespace {

class BeastWebSocket final : public Upgraded, public std::enable_shared_from_this<BeastWebSocket> {
public:
    BeastWebSocket(std::unique_ptr<Stream> stream, const WebSocketOptions &options, Headers headers)
        : under_(std::move(stream)), stream_(*under_) {
        under_->next_layer().expires_never(); // the WebSocket keeps the time from here on
        ws::stream_base::timeout times{};
        times.handshake_timeout = options.idle;
        times.idle_timeout = options.idle;
        times.keep_alive_pings = true;
        stream_.set_option(times);
        stream_.set_option(ws::stream_base::decorator([headers = std::move(headers)](ws::response_type &answer) {
            for (const auto &[name, value] : headers) {
                answer.set(name, value);
            }
        }));
        stream_.auto_fragment(false); // a message is a frame
        stream_.read_message_max(options.message_bytes);
    }

    asio::awaitable<error_code> accept(const beast::http::request<beast::http::string_body> &request) override {
        error_code error;
        co_await stream_.async_accept(request, asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }

    asio::awaitable<Expected<Message>> read() override {
        beast::flat_buffer buffer;
        error_code error;
        co_await stream_.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            co_return tl::unexpected(explain(error));
        }
        co_return Message(beast::buffers_to_string(buffer.data()), stream_.got_binary());
    }

    asio::awaitable<Expected<void>> write(const Message &message) override {
        error_code error;
        stream_.binary(message.binary);
        co_await stream_.async_write(asio::buffer(message.data), asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            co_return tl::unexpected(explain(error));
        }
        co_return Expected<void>();
    }

    void close(CloseCode code) override {
        if (std::exchange(closing_, true) || !stream_.is_open()) {
            return;
        }
        const auto reason = static_cast<ws::close_code>(code);
        stream_.async_close(reason, [self = shared_from_this()](const error_code &) {});
    }

    void set_message_limit(std::size_t bytes) override { stream_.read_message_max(bytes); }

    void cut() override {
        closing_ = true;
        under_->next_layer().close();
    }

private:
    static Error explain(const error_code &error) {
        if (error == ws::error::message_too_big || error == ws::error::buffer_overflow) {
            return Error{ErrorCode::too_large, "a message over the limit"};
        }
        if (error == beast::error::timeout) {
            return Error{ErrorCode::timeout, "the other end of the WebSocket is silent"};
        }
        return Error{ErrorCode::unavailable, "the WebSocket: " + error.message()};
    }

    std::unique_ptr<Stream> under_;
    ws::stream<Stream &, false> stream_; // without compression
    bool closing_ = false;
};

} // namespace

std::shared_ptr<Upgraded> upgrade(std::unique_ptr<Stream> stream, const WebSocketOptions &options, Headers headers) {
    return std::make_shared<BeastWebSocket>(std::move(stream), options, std::move(headers));
}

} // namespace xueshi::http
