#include "firmware/core/base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>

#include <fmt/format.h>

namespace xueshi {

namespace {

constexpr std::int64_t kHashBlock = 64 * 1024; ///< hashed while the processor's cache still holds it

FileSystem kernel_file_system;
FileSystem *current_file_system = &kernel_file_system;

tl::unexpected<Error> errno_failure(std::string_view what, const std::filesystem::path &path) {
    return tl::unexpected<Error>(error_from_errno(errno, std::string(what) + " " + path.string()));
}

std::filesystem::path directory_of(const std::filesystem::path &path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

constexpr int kMostLeftOver = 1'000;

/// Unique in this process and among those that run, and recognisable as left over after a crash.
std::filesystem::path temporary_name(const std::filesystem::path &path) {
    static std::atomic<unsigned> counter{0};
    return directory_of(path) / fmt::format(".{}.{}.{}.tmp", path.filename().string(), ::getpid(), counter++);
}

} // namespace

int FileSystem::open(const char *path, int flags, unsigned mode) {
    return ::open(path, flags, mode);
}
std::int64_t FileSystem::read(int fd, void *data, std::size_t size) {
    return ::read(fd, data, size);
}
std::int64_t FileSystem::write(int fd, const void *data, std::size_t size) {
    return ::write(fd, data, size);
}
std::int64_t FileSystem::pread(int fd, void *data, std::size_t size, std::int64_t place) {
    return ::pread(fd, data, size, place);
}
std::int64_t FileSystem::pwrite(int fd, const void *data, std::size_t size, std::int64_t place) {
    return ::pwrite(fd, data, size, place);
}
int FileSystem::ftruncate(int fd, std::int64_t size) {
    return ::ftruncate(fd, size);
}
int FileSystem::fsync(int fd) {
    return ::fsync(fd);
}
int FileSystem::fdatasync(int fd) {
    return ::fdatasync(fd);
}
int FileSystem::rename(const char *from, const char *to) {
    return ::rename(from, to);
}
int FileSystem::unlink(const char *path) {
    return ::unlink(path);
}
int FileSystem::mkdir(const char *path, unsigned mode) {
    return ::mkdir(path, mode);
}

FileSystem &file_system() {
    return *current_file_system;
}
void replace_file_system(FileSystem *replacement) {
    current_file_system = replacement != nullptr ? replacement : &kernel_file_system;
}

Expected<std::size_t> read_at(int fd, std::span<std::uint8_t> bytes, std::int64_t place) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got =
            file_system().pread(fd, bytes.data() + done, bytes.size() - done, place + static_cast<std::int64_t>(done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return tl::unexpected<Error>(error_from_errno(errno, "read a file"));
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

Expected<void> hash_range(int fd, std::int64_t place, std::int64_t size, Sha256Stream &digest) {
    Bytes block(static_cast<std::size_t>(std::min(size, kHashBlock)));
    for (const std::int64_t end = place + size; place < end;) {
        const auto wanted = static_cast<std::size_t>(std::min(kHashBlock, end - place));
        const auto got = read_at(fd, std::span(block).first(wanted), place);
        if (!got) {
            return tl::unexpected<Error>(got.error());
        }
        if (*got < wanted) {
            return fail(ErrorCode::corrupt, "a file is shorter than it is said to be");
        }
        digest.update(ByteView(block).first(wanted));
        place += static_cast<std::int64_t>(wanted);
    }
    return {};
}

bool is_plain_name(std::string_view name) {
    constexpr std::size_t kMaxName = 128;
    return !name.empty() && name.size() <= kMaxName && !name.starts_with('.') &&
           std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
}

Expected<std::string> read_file(const std::filesystem::path &path, std::uint64_t limit) {
    const UniqueFd fd(file_system().open(path.c_str(), O_RDONLY | O_CLOEXEC, 0));
    if (!fd) {
        return errno_failure("open", path);
    }
    std::string content;
    char buffer[65'536];
    for (;;) {
        const std::int64_t got = file_system().read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno_failure("read", path);
        }
        if (got == 0) {
            return content;
        }
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > limit) {
            return fail(ErrorCode::too_large,
                        "read " + path.string() + ": more than " + std::to_string(limit) + " bytes");
        }
    }
}

Expected<void> write_file_durably(const std::filesystem::path &path, std::string_view content, unsigned mode) {
    auto file = DurableFile::create(path, mode);
    if (!file) {
        return tl::unexpected<Error>(file.error());
    }
    if (auto written = file->write(as_bytes(content)); !written) {
        return written;
    }
    return file->commit();
}

Expected<void> fsync_directory(const std::filesystem::path &directory) {
    const UniqueFd fd(file_system().open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
    if (!fd) {
        return errno_failure("open directory", directory);
    }
    if (file_system().fsync(fd.get()) != 0) {
        return errno_failure("fsync directory", directory);
    }
    return {};
}

Expected<void> make_directory(const std::filesystem::path &directory, unsigned mode) {
    if (std::error_code ignored; directory.empty() || std::filesystem::is_directory(directory, ignored)) {
        return {};
    }
    if (directory.has_parent_path()) {
        if (auto parent = make_directory(directory.parent_path(), mode); !parent) {
            return parent;
        }
    }
    // systemd's RestrictSUIDSGID lets nobody ask for the set-group bit; below a directory that has it, the kernel gives
    // it.
    if (file_system().mkdir(directory.c_str(), mode & 0777u) != 0 && errno != EEXIST) {
        return errno_failure("make directory", directory);
    }
    // The umask of whoever starts the program must not decide who may read.
    struct stat made{};
    if (::stat(directory.c_str(), &made) != 0 ||
        ((made.st_mode & 07777u) != mode && ::chmod(directory.c_str(), mode) != 0)) {
        return errno_failure("set mode of", directory);
    }
    return fsync_directory(directory_of(directory));
}

Expected<void> remove_durably(const std::filesystem::path &path) {
    if (file_system().unlink(path.c_str()) != 0 && errno != ENOENT) {
        return errno_failure("remove", path);
    }
    return fsync_directory(directory_of(path));
}

Expected<void> remove_if_there(const std::filesystem::path &path) {
    auto removed = remove_durably(path);
    return !removed && removed.error().code == ErrorCode::not_found ? Expected<void>() : removed;
}

Expected<void> give_to_owner_of_directory(const std::filesystem::path &path) {
    struct stat directory{};
    if (::geteuid() != 0) {
        return {};
    }
    if (::stat(directory_of(path).c_str(), &directory) != 0 ||
        ::lchown(path.c_str(), directory.st_uid, directory.st_gid) != 0) {
        return errno_failure("set owner of", path);
    }
    return {};
}

Expected<DurableFile> DurableFile::create(const std::filesystem::path &final_path, unsigned mode) {
    DurableFile file;
    file.final_path_ = final_path;
    // A former process of this number that was killed may have left some; in a container the number is always 1.
    for (int tries = 0; !file.fd_ && tries < kMostLeftOver && (tries == 0 || errno == EEXIST); ++tries) {
        file.temporary_path_ = temporary_name(final_path);
        file.fd_ =
            UniqueFd(file_system().open(file.temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    }
    if (!file.fd_) {
        return errno_failure("create", file.temporary_path_);
    }
    if (::fchmod(file.fd_.get(), mode) != 0) {
        return errno_failure("set mode of", file.temporary_path_);
    }
    return file;
}

DurableFile::~DurableFile() {
    if (fd_) {
        file_system().unlink(temporary_path_.c_str());
    }
}

Expected<void> DurableFile::write(ByteView bytes) {
    while (!bytes.empty()) {
        const std::int64_t done = file_system().write(fd_.get(), bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return errno_failure("write", final_path_);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(done));
        size_ += static_cast<std::uint64_t>(done);
    }
    return {};
}

Expected<void> DurableFile::commit() {
    if (file_system().fsync(fd_.get()) != 0) {
        return errno_failure("fsync", final_path_);
    }
    if (file_system().rename(temporary_path_.c_str(), final_path_.c_str()) != 0) {
        return errno_failure("rename to", final_path_);
    }
    fd_.reset();
    return fsync_directory(directory_of(final_path_));
}

Expected<LockFile> LockFile::acquire(const std::filesystem::path &path) {
    LockFile lock;
    lock.fd_ = UniqueFd(file_system().open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock.fd_) {
        return errno_failure("open lock", path);
    }
    if (::flock(lock.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return fail(ErrorCode::conflict, path.string() + " is locked: another process is using it");
        }
        return errno_failure("lock", path);
    }
    return lock;
}

} // namespace xueshi
