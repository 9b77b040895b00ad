#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi {

/// The system calls through which this program reads and changes the content and the names of its files, so that a test
/// can record, fail or reorder each of them: here the kernel's own. One per process. Past it go SQLite (it has its own,
/// its VFS), devices and sockets, and what changes neither content nor name: modes, owners, locks, sizes, allocation.
/// A table and not a link-time wrapper, because a test then changes only what the product means to write; an indirect
/// call costs nothing beside a system call.
class FileSystem {
public:
    virtual ~FileSystem() = default;
    virtual int open(const char *path, int flags, unsigned mode);
    virtual std::int64_t read(int fd, void *data, std::size_t size);
    virtual std::int64_t write(int fd, const void *data, std::size_t size);
    virtual std::int64_t pread(int fd, void *data, std::size_t size, std::int64_t place);
    virtual std::int64_t pwrite(int fd, const void *data, std::size_t size, std::int64_t place);
    virtual int ftruncate(int fd, std::int64_t size);
    virtual int fsync(int fd);
    virtual int fdatasync(int fd);
    virtual int rename(const char *from, const char *to);
    virtual int unlink(const char *path);
    virtual int mkdir(const char *path, unsigned mode);
};
/// The kernel's, until replaced. Not thread-safe against replacement: tests replace before threads start.
FileSystem &file_system();
void replace_file_system(FileSystem *replacement); ///< nullptr: the kernel's again

/// Whether text from outside may be used as a file's name inside a directory: 1 to 128 of A-Z a-z 0-9 - _ . and no dot
/// in front.
bool is_plain_name(std::string_view name);

/// Reads a whole file; over `limit` bytes is too_large.
Expected<std::string> read_file(const std::filesystem::path &path, std::uint64_t limit);

/// Fills `bytes` from `place` on; fewer only where the file ends. The number read.
Expected<std::size_t> read_at(int fd, std::span<std::uint8_t> bytes, std::int64_t place);
/// Adds `size` bytes from `place` on to the digest; corrupt when the file ends before.
Expected<void> hash_range(int fd, std::int64_t place, std::int64_t size, Sha256Stream &digest);

/// Replaces `path` whole or not at all: temporary beside it, fsync, rename, fsync of the directory.
Expected<void> write_file_durably(const std::filesystem::path &path, std::string_view content, unsigned mode = 0640);

Expected<void> fsync_directory(const std::filesystem::path &directory);
/// Makes the directory (and parents) with `mode`; an existing one is left as it is.
Expected<void> make_directory(const std::filesystem::path &directory, unsigned mode = 02750);
Expected<void> remove_durably(const std::filesystem::path &path);
Expected<void> remove_if_there(const std::filesystem::path &path); ///< the same; nothing there is no error
/// What root makes in a daemon's directory belongs to whom the directory belongs, or the daemon could not write it. For
/// anybody else this does nothing.
Expected<void> give_to_owner_of_directory(const std::filesystem::path &path);

/// A file that is written piece by piece and appears under its name only by `commit`.
class DurableFile {
public:
    static Expected<DurableFile> create(const std::filesystem::path &final_path, unsigned mode = 0640);
    DurableFile(DurableFile &&) noexcept = default;
    DurableFile &operator=(DurableFile &&) noexcept = default;
    /// An uncommitted file is unlinked.
    ~DurableFile();

    Expected<void> write(ByteView bytes);
    /// fsync, rename, fsync of the directory; then the file is there for good.
    Expected<void> commit();
    std::uint64_t size() const { return size_; }

private:
    DurableFile() = default;
    std::filesystem::path final_path_, temporary_path_;
    UniqueFd fd_;
    std::uint64_t size_ = 0;
};

/// An exclusive lock held as long as the object lives; a second process gets `conflict`.
class LockFile {
public:
    static Expected<LockFile> acquire(const std::filesystem::path &path);

private:
    UniqueFd fd_;
};

} // namespace xueshi
