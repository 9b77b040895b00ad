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

/// The digest of a file that may be long, read a part at a time.
class FileDigest {
public:
    static Expected<FileDigest> open(const std::filesystem::path &path);
    /// About so many bytes more; true: that was all, the digest is known.
    Expected<bool> read_on(std::int64_t most);
    const std::string &sha256() const { return sha256_; } ///< in hex
    std::int64_t bytes() const { return bytes_; }

private:
    FileDigest(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

    UniqueFd fd_;
    std::string name_, sha256_;
    Sha256Stream digest_;
    std::int64_t bytes_ = 0;
};

/// SHA-256 in hex and length of a whole file.
Expected<std::pair<std::string, std::int64_t>> digest_and_size(const std::filesystem::path &path);

} // namespace xueshi::recorder
