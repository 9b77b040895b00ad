#include "firmware/core/journal/writer/reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include <sqlite3.h>

#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::journal {
namespace {

constexpr std::int64_t kBlock = 512; // what st_blocks counts, whatever the file system's blocks are

/// The size stays, so that nobody takes the zeros for content. A file system that cannot do so holds no reserve.
Expected<void> allocate(const std::string &file_name, std::int64_t bytes) {
    const UniqueFd file(::open(file_name.c_str(), O_WRONLY | O_CLOEXEC));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "open " + file_name));
    }
    const std::int64_t pieces = (std::int64_t{status.st_size} + bytes - 1) / bytes;
    const std::int64_t wanted = (pieces > 1 ? pieces : 1) * bytes;
    if (std::int64_t{status.st_blocks} * kBlock >= wanted) {
        return {};
    }
    if (::fallocate(file.get(), FALLOC_FL_KEEP_SIZE, 0, wanted) != 0 && errno != EOPNOTSUPP) {
        return tl::unexpected<Error>(error_from_errno(errno, "allocate " + file_name));
    }
    return {};
}

} // namespace

Expected<void> allocate_database(const std::filesystem::path &path, std::int64_t bytes) {
    return bytes > 0 ? allocate(path.string(), bytes) : Expected<void>();
}

Expected<void> keep_allocated(sqlite::Database &database, std::int64_t bytes) {
    int chunk = static_cast<int>(bytes);
    if (chunk > 0 && sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk) != SQLITE_OK) {
        return fail(ErrorCode::io, "cannot set the database's chunk size");
    }
    return {};
}

Expected<void> allocate_log(const std::filesystem::path &path, std::int64_t bytes) {
    return bytes > 0 ? allocate(path.string() + "-wal", bytes) : Expected<void>();
}

} // namespace xueshi::journal
