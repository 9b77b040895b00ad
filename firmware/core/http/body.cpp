#include "firmware/core/http/body.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace xueshi::http {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

asio::awaitable<error_code> invite_body(Stream &stream, const bhttp::fields &head) {
    error_code error;
    if (boost::beast::iequals(head[bhttp::field::expect], "100-continue")) {
        bhttp::response<bhttp::empty_body> go_on(bhttp::status::continue_, 11);
        co_await bhttp::async_write(stream, go_on, asio::redirect_error(asio::use_awaitable, error));
    }
    co_return error;
}

IncomingBody::IncomingBody(Stream &stream, boost::beast::flat_buffer &buffer, HeadParser &&head,
                           std::chrono::seconds deadline)
    : stream_(stream), buffer_(buffer), parser_(std::move(head)), deadline_(deadline) {
    parser_.body_limit(boost::none); // the handler counts
}

asio::awaitable<Expected<std::size_t>> IncomingBody::read(std::span<std::uint8_t> out) {
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
    stream_.next_layer().expires_never(); // the handler keeps its own deadlines
    if (filled == 0 && error_) {
        co_return fail(error_ == boost::beast::error::timeout ? ErrorCode::timeout : ErrorCode::unavailable,
                       "the body of the request: " + error_.message());
    }
    co_return filled;
}

asio::awaitable<std::size_t> IncomingBody::fill(std::span<std::uint8_t> window) {
    arm();
    auto &body = parser_.get().body();
    body.data = window.data();
    body.size = window.size();
    co_await bhttp::async_read(stream_, buffer_, parser_, asio::redirect_error(asio::use_awaitable, error_));
    if (error_ == bhttp::error::need_buffer) {
        error_ = {};
    }
    co_return window.size() - body.size;
}

asio::awaitable<error_code> write_file(Stream &stream, const FileSlice &slice, std::chrono::seconds deadline) {
    std::vector<char> block(4 * kStreamBlock);
    error_code error;
    for (std::uint64_t sent = 0; sent < slice.length && !error;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), slice.length - sent));
        const auto got = ::pread(slice.fd.get(), block.data(), wanted, static_cast<off_t>(slice.offset + sent));
        if (got <= 0) { // shorter than it was said to be: the client sees a cut, not other bytes
            co_return got < 0 ? error_code(errno, boost::system::system_category()) : error_code(asio::error::eof);
        }
        stream.next_layer().expires_after(deadline);
        sent += co_await asio::async_write(stream, asio::buffer(block.data(), static_cast<std::size_t>(got)),
                                           asio::redirect_error(asio::use_awaitable, error));
    }
    co_return error;
}

} // namespace xueshi::http
