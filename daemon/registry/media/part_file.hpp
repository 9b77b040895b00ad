#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::registry::media {

/// An upload on disk while it grows. Behind the place of its last byte lie two slots that take turns; each says how far
/// the upload has come and which bytes came last, with their SHA-256. So one fdatasync makes bytes and offset durable
/// together, in whatever order the disk writes them: after a power cut the newest slot that fits its bytes counts.
/// Bound to one thread at a time.
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
    /// What is written becomes durable and the new offset. False: it has another digest than the given one, and is
    /// forgotten. After an error the file must be opened again.
    Expected<bool> commit(const std::optional<Sha256> &digest = {});
    /// Forgets what was written since the last commit.
    void roll_back();

    /// Of the bytes up to `offset`, as far as they were not hashed ahead.
    Expected<Sha256> digest();
    /// The work of `digest`, done while the next bytes are on their way.
    Expected<void> hash_ahead();
    /// Complete: cuts the slots off and gives the file its lasting name. Durable on return.
    Expected<void> finish(const std::filesystem::path &path);

private:
    PartFile(std::filesystem::path path, UniqueFd fd, std::int64_t length)
        : path_(std::move(path)), fd_(std::move(fd)), length_(length) {}
    Expected<void> write_slot(std::int64_t block_start, const Sha256 &block_hash);
    Expected<void> recover();

    std::filesystem::path path_;
    UniqueFd fd_;
    std::int64_t length_, offset_ = 0, written_ = 0;
    Sha256Stream block_;     ///< over the bytes from `offset_` to `written_`
    std::uint64_t turn_ = 0; ///< of the newest slot
    Sha256Stream whole_;     ///< over the bytes up to `hashed_`
    std::int64_t hashed_ = 0;
};

} // namespace xueshi::registry::media
