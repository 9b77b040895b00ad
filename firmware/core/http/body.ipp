#pragma once

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "firmware/core/http/server.hpp"

/// A part of connection.cpp (templates over Beast's streams): bodies that pass through instead of lying in memory.
namespace xueshi::http {

/// "100 Continue" for a client that waits for it before it sends its body.
template <typename Stream, typename Head>
boost::asio::awaitable<boost::system::error_code> invite_body(Stream &stream, const Head &head) {
    namespace bhttp = boost::beast::http;
    boost::system::error_code error;
    if (boost::beast::iequals(head[bhttp::field::expect], "100-continue")) {
        bhttp::response<bhttp::empty_body> go_on(bhttp::status::continue_, 11);
        co_await bhttp::async_write(stream, go_on, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    co_return error;
}

/// What follows a head that `parser` has read.
template <typename Stream>
class IncomingBody final : public BodyStream {
public:
    using HeadParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    IncomingBody(Stream &stream, boost::beast::flat_buffer &buffer, HeadParser &&head, std::chrono::seconds deadline)
        : stream_(stream), buffer_(buffer), parser_(std::move(head)), deadline_(deadline) {
        parser_.body_limit(boost::none); // the handler counts
    }

    boost::asio::awaitable<Expected<std::size_t>> read(std::span<std::uint8_t> out) override {
        if (!invited_) {
            invited_ = true;
            arm();
            error_ = co_await invite_body(stream_, parser_.get());
        }
        std::size_t filled = 0;
        while (filled < out.size() && !error_ && !parser_.is_done()) {
            const auto window = out.subspan(filled, std::min(kStreamBlock, out.size() - filled));
            filled += co_await fill(window);
        }
        boost::beast::get_lowest_layer(stream_).expires_never(); // the handler keeps its own deadlines
        if (filled == 0 && error_) {
            co_return fail(error_ == boost::beast::error::timeout ? ErrorCode::timeout : ErrorCode::unavailable,
                           "the body of the request: " + error_.message());
        }
        co_return filled;
    }

    /// Read to its end: the connection may carry another request.
    bool complete() const { return parser_.is_done() && !error_; }

private:
    void arm() { boost::beast::get_lowest_layer(stream_).expires_after(deadline_); }

    /// Up to the whole window, under one deadline: who sends a byte a second is too slow.
    boost::asio::awaitable<std::size_t> fill(std::span<std::uint8_t> window) {
        arm();
        auto &body = parser_.get().body();
        body.data = window.data();
        body.size = window.size();
        co_await boost::beast::http::async_read(stream_, buffer_, parser_,
                                                boost::asio::redirect_error(boost::asio::use_awaitable, error_));
        if (error_ == boost::beast::http::error::need_buffer) {
            error_ = {};
        }
        co_return window.size() - body.size;
    }

    Stream &stream_;
    boost::beast::flat_buffer &buffer_;
    boost::beast::http::request_parser<boost::beast::http::buffer_body> parser_;
    std::chrono::seconds deadline_;
    boost::system::error_code error_;
    bool invited_ = false;
};

/// The slice's bytes, each block under one deadline.
template <typename Stream>
boost::asio::awaitable<boost::system::error_code> write_file(Stream &stream, const FileSlice &slice,
                                                             std::chrono::seconds deadline) {
    std::array<char, 4 * kStreamBlock> block;
    boost::system::error_code error;
    for (std::uint64_t sent = 0; sent < slice.length && !error;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), slice.length - sent));
        const auto got = ::pread(slice.fd.get(), block.data(), wanted, static_cast<off_t>(slice.offset + sent));
        if (got <= 0) { // shorter than it was said to be: the client sees a cut, not other bytes
            co_return got < 0 ? boost::system::error_code(errno, boost::system::system_category())
                              : boost::system::error_code(boost::asio::error::eof);
        }
        boost::beast::get_lowest_layer(stream).expires_after(deadline);
        sent +=
            co_await boost::asio::async_write(stream, boost::asio::buffer(block.data(), static_cast<std::size_t>(got)),
                                              boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    co_return error;
}

} // namespace xueshi::http
