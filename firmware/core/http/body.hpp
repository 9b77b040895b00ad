#pragma once

#include <chrono>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "firmware/core/http/server.hpp"
#include "firmware/core/http/stream.hpp"

/// Internal to the room: bodies that pass through instead of lying in memory.
namespace xueshi::http {

using HeadParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

/// "100 Continue" for a client that waits for it before it sends its body.
boost::asio::awaitable<boost::system::error_code> invite_body(Stream &stream, const boost::beast::http::fields &head);

/// What follows a head that was read.
class IncomingBody final : public BodyStream {
public:
    IncomingBody(Stream &stream, boost::beast::flat_buffer &buffer, HeadParser &&head, std::chrono::seconds deadline);
    boost::asio::awaitable<Expected<std::size_t>> read(std::span<std::uint8_t> out) override;

    /// Read to its end: the connection may carry another request.
    bool complete() const { return parser_.is_done() && !error_; }

private:
    void arm() { stream_.next_layer().expires_after(deadline_); }

    /// Up to the whole window, under one deadline: who sends a byte a second is too slow.
    boost::asio::awaitable<std::size_t> fill(std::span<std::uint8_t> window);

    Stream &stream_;
    boost::beast::flat_buffer &buffer_;
    boost::beast::http::request_parser<boost::beast::http::buffer_body> parser_;
    std::chrono::seconds deadline_;
    boost::system::error_code error_;
    bool invited_ = false;
};

/// The slice's bytes, each block under one deadline.
boost::asio::awaitable<boost::system::error_code> write_file(Stream &stream, const FileSlice &slice,
                                                             std::chrono::seconds deadline);

} // namespace xueshi::http
