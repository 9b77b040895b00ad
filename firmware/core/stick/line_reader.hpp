#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::stick {

/// Lines of a regular file, or of its text, that came from outside, each ended by "\n".
class LineReader {
public:
    /// Error: denied for a symbolic link or anything else that is no regular file.
    static Expected<LineReader> open(const std::filesystem::path &path, std::size_t max_line_bytes);
    /// Lines of a text that is in memory already.
    static LineReader over(std::string text, std::size_t max_line_bytes);
    /// Nothing: the end of the file. Error: too_large with the line's number; corrupt when the last line is cut off.
    Expected<std::optional<std::string>> next();
    /// Of the line that `next` gave last, from 1.
    std::int64_t number() const { return number_; }

private:
    LineReader(UniqueFd fd, std::size_t max_line_bytes) : fd_(std::move(fd)), max_line_bytes_(max_line_bytes) {}
    Expected<bool> fill();

    UniqueFd fd_; ///< none: all of it is in the buffer
    std::size_t max_line_bytes_;
    std::string buffer_;
    std::size_t start_ = 0; ///< of what `next` has not given yet
    std::int64_t number_ = 0;
};

} // namespace xueshi::stick
