#include "firmware/core/http/connection.hpp"

#include <algorithm>
#include <cctype>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "firmware/core/base/log.hpp"
#include "firmware/core/http/body.hpp"
#include "firmware/core/http/target.hpp"
#include "firmware/core/http/upgraded.hpp"

namespace xueshi::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

namespace {

/// After a refusal the rest of a body is thrown away for this long and this much, so that the client sees the answer
/// instead of a reset.
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kLingerBytes = 1 << 20;
constexpr std::size_t kReadAhead = 16 * 1024;

class SlotHolder {
public:
    SlotHolder(Shared &shared, std::function<void()> close) : shared_(shared) {
        Slot slot;
        slot.close = std::move(close);
        place_ = shared_.slots.insert(shared_.slots.end(), std::move(slot));
    }
    SlotHolder(const SlotHolder &) = delete;
    SlotHolder &operator=(const SlotHolder &) = delete;
    ~SlotHolder() {
        shared_.web_sockets -= place_->upgraded ? 1 : 0;
        shared_.slots.erase(place_);
    }

    /// A WebSocket now, which is closed otherwise.
    void upgrade(std::function<void()> close) {
        place_->close = std::move(close);
        place_->upgraded = true;
        ++shared_.web_sockets;
    }
    void busy() { place_->idle = false; }
    void idle() {
        place_->idle = true;
        shared_.slots.splice(shared_.slots.end(), shared_.slots, place_);
    }

private:
    Shared &shared_;
    std::list<Slot>::iterator place_;
};

/// Names in lower case; a repeated field's values are joined with commas (RFC 9110 section 5.3).
Headers read_headers(const HeadParser &parser) {
    Headers headers;
    for (const auto &field : parser.get()) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::string &value = headers[name];
        value += (value.empty() ? "" : ", ") + std::string(field.value());
    }
    return headers;
}

Response problem_for(const error_code &error) {
    if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) {
        return problem(431, "Request header fields too large", "the head of the request is over the limit");
    }
    if (error == bhttp::error::body_limit) {
        return problem(413, "Content too large", "the body of the request is over the limit");
    }
    return problem(400, "Bad request", "not a well-formed HTTP/1.1 request: " + error.message());
}

/// Status and fields, the length among them; `common` are those of every answer.
bhttp::response<bhttp::string_body> make_head(const Headers &common, const Response &response, bool keep_alive) {
    bhttp::response<bhttp::string_body> message;
    message.version(11);
    message.result(response.status);
    for (const auto *headers : {&common, &response.headers}) {
        for (const auto &[name, value] : *headers) {
            message.set(name, value);
        }
    }
    if (message.count(bhttp::field::cache_control) == 0) {
        message.set(bhttp::field::cache_control, "no-store");
    }
    const std::uint64_t length = response.file ? response.file->length : response.body.size();
    if (length > 0) {
        message.set(bhttp::field::content_type, response.content_type);
        message.set("X-Content-Type-Options", "nosniff");
    }
    if (response.status != 204) { // RFC 9110 section 8.6
        message.content_length(length);
    }
    message.keep_alive(keep_alive);
    return message;
}

template <typename Readable>
asio::awaitable<void> discard(Readable &stream) {
    error_code error;
    std::size_t discarded = 0;
    std::array<char, 8192> waste;
    while (!error && discarded < kLingerBytes) {
        discarded +=
            co_await stream.async_read_some(asio::buffer(waste), asio::redirect_error(asio::use_awaitable, error));
    }
}

bool is_malformed(const error_code &error) {
    return error && error.category() == make_error_code(bhttp::error::bad_method).category() &&
           error != bhttp::error::end_of_stream && error != bhttp::error::partial_message;
}

/// One connection, of which the handshake is done.
class Connection {
public:
    Connection(std::unique_ptr<Stream> stream, Shared &shared, SlotHolder &slot)
        : stream_(std::move(stream)), shared_(shared), slot_(slot), certificate_(stream_->peer_certificate_pem()),
          buffer_(shared.limits.header_bytes + kReadAhead) {
        error_code error;
        const auto peer = lowest().socket().remote_endpoint(error);
        peer_ = error ? "" : peer.address().to_string() + ":" + std::to_string(peer.port());
    }

    asio::awaitable<void> run() {
        bool more = true;
        while (more && !shared_.stopping) {
            slot_.idle();
            const bool begun = co_await first_bytes();
            if (!begun) {
                co_return;
            }
            slot_.busy();
            more = co_await exchange();
        }
        co_await close();
    }

private:
    beast::tcp_stream &lowest() { return stream_->next_layer(); }

    /// Waits for the first byte of a request, at most `limits.idle`.
    asio::awaitable<bool> first_bytes() {
        if (buffer_.size() > 0) {
            co_return true;
        }
        lowest().expires_after(shared_.limits.idle);
        error_code error;
        const std::size_t size =
            co_await stream_->async_read_some(buffer_.prepare(4096), asio::redirect_error(asio::use_awaitable, error));
        buffer_.commit(size);
        co_return !error;
    }

    /// One request and its answer; true: the connection may carry another.
    asio::awaitable<bool> exchange() {
        lowest().expires_after(shared_.limits.request); // one deadline for head and body together
        HeadParser parser;
        parser.header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
        parser.body_limit(boost::none); // checked below, after the gate
        error_code error;
        co_await bhttp::async_read_header(*stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
        if (error) {
            co_return co_await refuse_broken(error);
        }
        auto request = read_head(parser);
        if (!request) {
            co_return co_await refuse(parser, problem(request.error()));
        }
        if (shared_.gate) {
            if (const auto refusal = shared_.gate(*request)) {
                co_return co_await refuse(parser, *refusal);
            }
        }
        if (!shared_.web_socket.path.empty() && request->path == shared_.web_socket.path) {
            co_return co_await upgrade(parser, std::move(*request));
        }
        if (shared_.streamed && !parser.is_done() && shared_.streamed(*request)) {
            co_return co_await exchange_streamed(parser, std::move(*request));
        }
        error = co_await read_body(parser);
        if (error) {
            co_return co_await refuse_broken(error);
        }
        request->body = std::move(parser.get().body());
        const bool head_only = request->method == "HEAD";
        const bool keep_alive = parser.get().keep_alive() && !shared_.stopping;
        const Response response = co_await handle(std::move(*request));
        co_return co_await write(response, keep_alive && !shared_.stopping, head_only);
    }

    /// The handler takes the body as it comes.
    asio::awaitable<bool> exchange_streamed(HeadParser &parser, Request request) {
        const bool keep_alive = parser.get().keep_alive();
        IncomingBody body(*stream_, buffer_, std::move(parser), shared_.limits.request);
        request.stream = &body;
        const Response response = co_await handle(std::move(request));
        linger_ = !body.complete();
        co_return co_await write(response, keep_alive && body.complete() && !shared_.stopping, false);
    }

    /// The connection becomes a WebSocket, if it may, and is one until its handler returns.
    asio::awaitable<bool> upgrade(const HeadParser &parser, Request request) {
        const auto &options = shared_.web_socket;
        if (!beast::websocket::is_upgrade(parser.get()) || buffer_.size() > 0) {
            Response refusal = problem(426, "Upgrade required", "here is a WebSocket and nothing else");
            refusal.headers["Upgrade"] = "websocket";
            co_return co_await refuse(parser, std::move(refusal));
        }
        if (shared_.web_sockets >= options.connections) {
            co_return co_await refuse(parser, problem(503, "Service unavailable", "too many WebSockets are open"));
        }
        aborted_ = true; // the stream moves on: nothing is left here to be shut down
        const auto socket = http::upgrade(std::move(stream_), options, shared_.headers);
        slot_.upgrade([weak = std::weak_ptr<WebSocket>(socket)] {
            if (const auto open = weak.lock()) {
                open->cut();
            }
        });
        const auto error = co_await socket->accept(parser.get());
        if (!error) {
            co_await run_web_socket(options.handler, std::move(request), socket);
        }
        co_return false;
    }

    static asio::awaitable<void> run_web_socket(const WebSocketHandler &handler, Request request,
                                                std::shared_ptr<WebSocket> socket) {
        try {
            co_await handler(std::move(request), socket);
        } catch (const std::exception &exception) {
            log::warning("web_socket_failed", {{"error", exception.what()}});
        }
        socket->close(CloseCode::normal);
    }

    Expected<Request> read_head(const HeadParser &parser) const {
        auto target = parse_target(parser.get().target());
        if (!target) {
            return tl::unexpected(target.error());
        }
        Request request;
        request.method = std::string(parser.get().method_string());
        request.path = std::move(target->path);
        request.query = std::move(target->query);
        request.headers = read_headers(parser);
        request.peer = peer_;
        request.client_certificate_pem = certificate_;
        return request;
    }

    asio::awaitable<error_code> read_body(HeadParser &parser) {
        error_code error;
        if (const auto length = parser.content_length(); length && *length > shared_.limits.body_bytes) {
            co_return make_error_code(bhttp::error::body_limit);
        }
        parser.body_limit(shared_.limits.body_bytes);
        if (!parser.is_done()) {
            error = co_await invite_body(*stream_, parser.get());
        }
        if (error) {
            co_return error;
        }
        co_await bhttp::async_read(*stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
        co_return error;
    }

    asio::awaitable<Response> handle(Request request) {
        lowest().expires_never(); // the handler keeps its own deadlines
        try {
            co_return co_await shared_.handler(std::move(request));
        } catch (const std::exception &exception) {
            const Error error{ErrorCode::io, exception.what()};
            co_return problem(error);
        }
    }

    /// Answers without having read the body; the connection lives on only when there was none.
    asio::awaitable<bool> refuse(const HeadParser &parser, Response response) {
        const bool bodyless = parser.is_done() || (!parser.chunked() && parser.content_length().value_or(0) == 0);
        const bool keep_alive = bodyless && parser.get().keep_alive();
        const bool more = co_await write(response, keep_alive, parser.get().method() == bhttp::verb::head);
        linger_ = !bodyless;
        co_return more;
    }

    asio::awaitable<bool> refuse_broken(const error_code &error) {
        if (!is_malformed(error)) {
            aborted_ = true; // timeout, reset or closed in the middle: nobody to answer
            co_return false;
        }
        linger_ = true;
        const Response response = problem_for(error);
        co_return co_await write(response, false, false);
    }

    asio::awaitable<bool> write(const Response &response, bool keep_alive, bool head_only) {
        bhttp::response<bhttp::string_body> message = make_head(shared_.headers, response, keep_alive);
        message.body() = response.file ? std::string() : response.body;
        lowest().expires_after(shared_.limits.request);
        error_code error;
        bhttp::response_serializer<bhttp::string_body> serializer(message);
        if (head_only || response.file) {
            co_await bhttp::async_write_header(*stream_, serializer, asio::redirect_error(asio::use_awaitable, error));
        } else {
            co_await bhttp::async_write(*stream_, serializer, asio::redirect_error(asio::use_awaitable, error));
        }
        if (!error && response.file && !head_only) {
            error = co_await write_file(*stream_, *response.file, shared_.limits.request);
        }
        aborted_ = aborted_ || static_cast<bool>(error);
        co_return keep_alive && !error;
    }

    asio::awaitable<void> close() {
        if (aborted_) {
            co_return;
        }
        lowest().expires_after(kLinger);
        if (linger_) {
            stream_->end_sending();
            co_await discard(*stream_);
        }
        co_await stream_->shut_down();
    }

    std::unique_ptr<Stream> stream_; ///< none: it is a WebSocket's
    Shared &shared_;
    SlotHolder &slot_;
    std::string certificate_, peer_;
    beast::flat_buffer buffer_;
    bool linger_ = false, aborted_ = false;
};

} // namespace

asio::awaitable<void> serve(asio::ip::tcp::socket socket, asio::ssl::context *tls, std::shared_ptr<Shared> shared) {
    auto stream = tls == nullptr ? plain_stream(std::move(socket)) : tls_stream(std::move(socket), *tls);
    auto &lowest = stream->next_layer();
    SlotHolder slot(*shared, [&lowest] { lowest.close(); });
    lowest.expires_after(shared->limits.request);
    const auto error = co_await stream->open();
    if (error) {
        log::info("tls_refused", {{"reason", error.message()}});
        error_code ignored;
        lowest.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        lowest.expires_after(kLinger); // the alert says why; a client that sends already must not find a reset instead
        co_await discard(lowest);
        co_return;
    }
    Connection connection(std::move(stream), *shared, slot);
    co_await connection.run();
}

} // namespace xueshi::http
