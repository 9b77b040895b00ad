#pragma once

#include <cstdint>
#include <filesystem>

#include "daemon/registry/media/checksum.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::registry::media {

/// An upload on disk while it grows. Behind the place of its last byte lie two slots that take turns; each says how far
/// the upload has come and the SHA-256 of the bytes up to there. So one fdatasync makes bytes and offset durable
/// together, in whatever order the disk writes them: after a power cut the newest slot that fits its bytes counts.
/// Every byte is hashed once: the last slot's digest is the upload's. Bound to one thread at a time.
class PartFile {
public:
    /// Durable on return, the directory too. An older file of this name is replaced.
    static Expected<PartFile> create(const std::filesystem::path &path, std::int64_t length);
    /// Errors: not_found; corrupt when neither slot holds.
    static Expected<PartFile> open(const std::filesystem::path &path, std::int64_t length);

    /// What is durable; the rest does not count.
    std::int64_t offset() const { return offset_; }
    /// `offset` and what was written behind it.
    std::int64_t written() const { return written_; }

    /// `at` is where the last write ended, or the offset: then what was written behind it is forgotten. Errors:
    /// conflict when it is neither, too_large past the end, no_space, io.
    Expected<void> write(std::int64_t at, ByteView bytes);
    /// What is written becomes durable and the new offset. After an error the file must be opened again.
    Expected<void> commit();
    /// Forgets what was written since the last commit.
    void roll_back();

    /// Of the bytes up to `offset`.
    Sha256 digest() const;
    /// Complete: cuts the slots off and gives the file its lasting name. Durable on return.
    Expected<void> finish(const std::filesystem::path &path);

private:
    PartFile(std::filesystem::path path, UniqueFd fd, std::int64_t length)
        : path_(std::move(path)), fd_(std::move(fd)), length_(length) {}
    Expected<void> write_slot();
    Expected<void> recover();
    Expected<void> take_up(std::int64_t end);

    std::filesystem::path path_;
    UniqueFd fd_;
    std::int64_t length_, offset_ = 0, written_ = 0;
    ChecksumStream durable_{wire::ChecksumAlgorithm::sha256}; ///< over the bytes up to `offset_`
    ChecksumStream running_{wire::ChecksumAlgorithm::sha256}; ///< over the bytes up to `written_`
    std::uint64_t turn_ = 0;                                  ///< of the newest slot
};

} // namespace xueshi::registry::media
