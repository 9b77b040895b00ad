#include "firmware/core/stick/line_reader.hpp"

#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "firmware/core/stick/outside_file.hpp"

namespace xueshi::stick {

Expected<LineReader> LineReader::open(const std::filesystem::path &path, std::size_t max_line_bytes) {
    auto fd = open_outside_file(path);
    return fd ? Expected<LineReader>(LineReader(std::move(*fd), max_line_bytes)) : tl::unexpected<Error>(fd.error());
}

LineReader LineReader::over(std::string text, std::size_t max_line_bytes) {
    LineReader reader(UniqueFd(), max_line_bytes);
    reader.buffer_ = std::move(text);
    return reader;
}

Expected<bool> LineReader::fill() {
    if (!fd_) {
        return false;
    }
    constexpr std::size_t kPiece = 64 * 1024;
    buffer_.erase(0, start_);
    start_ = 0;
    const std::size_t size = buffer_.size();
    buffer_.resize(size + kPiece);
    ssize_t got = 0;
    do {
        got = ::read(fd_.get(), buffer_.data() + size, kPiece);
    } while (got < 0 && errno == EINTR);
    buffer_.resize(size + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0) {
        return tl::unexpected<Error>(error_from_errno(errno, fmt::format("read line {}", number_ + 1)));
    }
    return got > 0;
}

Expected<std::optional<std::string>> LineReader::next() {
    std::size_t searched = start_;
    for (;;) {
        const std::size_t end = buffer_.find('\n', searched);
        const std::size_t length = (end == std::string::npos ? buffer_.size() : end) - start_;
        if (length > max_line_bytes_) {
            return fail(ErrorCode::too_large, fmt::format("line {}: over {} bytes", number_ + 1, max_line_bytes_));
        }
        if (end != std::string::npos) {
            std::string line = buffer_.substr(start_, length);
            start_ = end + 1;
            ++number_;
            return line;
        }
        const auto more = fill();
        if (!more) {
            return tl::unexpected<Error>(more.error());
        }
        if (!*more) {
            return length == 0 ? Expected<std::optional<std::string>>(std::nullopt)
                               : fail(ErrorCode::corrupt, fmt::format("line {}: cut off", number_ + 1));
        }
        searched = length; // fill moved the unfinished line to the front
    }
}

} // namespace xueshi::stick
