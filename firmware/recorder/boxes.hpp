#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::recorder {

/// Reads an MP4 box by box (ISO/IEC 14496-12, 4.2); boxes of 4 GiB and more, which we never write, are none.
class BoxFile {
public:
    static Expected<BoxFile> open(const std::filesystem::path &path);

    struct Header {
        std::string type;
        std::int64_t content = 0; ///< bytes of it
    };
    /// Of the box at `place`; nothing at the end or where the rest is no box.
    std::optional<Header> header(std::int64_t place);
    /// Nothing: the file ends before, or cannot be read.
    std::optional<Bytes> read(std::int64_t place, std::int64_t size);
    bool failed = false; ///< a read did, as opposed to the file's end

private:
    explicit BoxFile(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

/// SHA-256 in hex and length of a whole file.
Expected<std::pair<std::string, std::int64_t>> digest_and_size(const std::filesystem::path &path);

} // namespace xueshi::recorder
