#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace boost::asio::ssl {
class context;
}

/// Internal to the room: a connection's bytes, over TLS or not. Beast's algorithms are templates over the stream, and
/// each instance of them costs a compiler a minute and gigabytes: here they see one type for both.
namespace xueshi::http {

/// A completion handler of any type, called once with `Arguments` on the executor it belongs to.
template <typename... Arguments>
class AnyHandler {
public:
    using executor_type = boost::asio::any_io_executor;

    /// `otherwise` is the executor of a handler that names none.
    template <typename Handler>
    AnyHandler(Handler handler, const executor_type &otherwise)
        : executor_(boost::asio::get_associated_executor(handler, otherwise)),
          held_(std::make_unique<Held<Handler>>(std::move(handler))) {}

    executor_type get_executor() const noexcept { return executor_; }
    void operator()(Arguments... arguments) { held_.release()->call_and_free(arguments...); }

private:
    struct Callable {
        virtual ~Callable() = default;
        virtual void call_and_free(Arguments... arguments) = 0;
    };
    template <typename Handler>
    struct Held final : Callable {
        explicit Held(Handler handler) : handler_(std::move(handler)) {}
        void call_and_free(Arguments... arguments) override {
            Handler handler = std::move(handler_); // which may begin the next operation: its memory is free by then
            delete this;
            std::move(handler)(arguments...);
        }
        Handler handler_;
    };

    executor_type executor_;
    std::unique_ptr<Callable> held_;
};

/// An AsyncReadStream and AsyncWriteStream (Boost.Asio) whose lowest layer keeps Beast's timeouts. It outlives its
/// operations; they are not cancelled one by one, only by closing.
class Stream {
public:
    using executor_type = boost::asio::any_io_executor;
    using next_layer_type = boost::beast::tcp_stream;
    using Transferred = AnyHandler<boost::system::error_code, std::size_t>;
    using Ended = AnyHandler<boost::system::error_code>;

    virtual ~Stream() = default;
    executor_type get_executor() { return next_layer().get_executor(); }
    virtual boost::beast::tcp_stream &next_layer() = 0;

    /// The TLS handshake, where there is one.
    virtual boost::asio::awaitable<boost::system::error_code> open() = 0;
    /// Nothing more is sent; the other end may still send. Over TLS nothing: its end is said by shut_down.
    virtual void end_sending() = 0;
    virtual boost::asio::awaitable<void> shut_down() = 0;
    /// Empty: none was shown.
    virtual std::string peer_certificate_pem() = 0;
    /// The end of a WebSocket (RFC 6455 section 7.1.1).
    virtual void tear_down(boost::beast::role_type role, Ended handler) = 0;

    template <typename Buffers, typename Token>
    auto async_read_some(const Buffers &buffers, Token &&token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const Buffers &into) {
                read_some(first_of(into), Transferred(std::move(handler), get_executor()));
            },
            token, buffers);
    }
    template <typename Buffers, typename Token>
    auto async_write_some(const Buffers &buffers, Token &&token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const Buffers &from) {
                write_some(gathered(from), Transferred(std::move(handler), get_executor()));
            },
            token, buffers);
    }

protected:
    /// What one call writes at most; of a message of more parts the next call writes the rest.
    using Gathered = std::array<boost::asio::const_buffer, 8>;
    virtual void read_some(boost::asio::mutable_buffer into, Transferred handler) = 0;
    virtual void write_some(const Gathered &from, Transferred handler) = 0;

private:
    template <typename Buffers>
    static boost::asio::mutable_buffer first_of(const Buffers &buffers) {
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
            if (const boost::asio::mutable_buffer buffer = *at; buffer.size() > 0) {
                return buffer;
            }
        }
        return {};
    }
    template <typename Buffers>
    static Gathered gathered(const Buffers &buffers) {
        Gathered out;
        std::size_t count = 0;
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end && count < out.size(); ++at) {
            if (const boost::asio::const_buffer buffer = *at; buffer.size() > 0) {
                out[count++] = buffer;
            }
        }
        return out;
    }
};

/// Found by Beast's WebSocket.
template <typename Handler>
void async_teardown(boost::beast::role_type role, Stream &stream, Handler &&handler) {
    stream.tear_down(role, Stream::Ended(std::forward<Handler>(handler), stream.get_executor()));
}

std::unique_ptr<Stream> plain_stream(boost::asio::ip::tcp::socket socket);
/// `tls` must outlive it.
std::unique_ptr<Stream> tls_stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context &tls);

} // namespace xueshi::http
