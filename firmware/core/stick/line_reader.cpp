#include "firmware/core/stick/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

namespace xueshi::stick {

Expected<LineReader> LineReader::open(const std::filesystem::path &path, std::size_t max_line_bytes) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) {
        return errno == ELOOP ? fail(ErrorCode::denied, path.string() + ": is a symbolic link")
                              : tl::unexpected<Error>(error_from_errno(errno, "open " + path.string()));
    }
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return fail(ErrorCode::denied, path.string() + ": no regular file");
    }
    return LineReader(std::move(fd), max_line_bytes);
}

Expected<bool> LineReader::fill() {
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
