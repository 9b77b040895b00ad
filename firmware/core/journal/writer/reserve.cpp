#include "firmware/core/journal/writer/reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <sqlite3.h>

namespace xueshi::journal {
namespace {

constexpr std::int64_t kBlock = 512; // what st_blocks counts, whatever the file system's blocks are

/// Of the pages that the database's header speaks of (https://sqlite.org/fileformat2.html#the_database_header).
std::int64_t used_bytes(int file) {
    std::array<std::uint8_t, 32> header{};
    if (::pread(file, header.data(), header.size(), 0) != static_cast<ssize_t>(header.size())) {
        return 0;
    }
    const std::int64_t page_bytes = header[16] << 8 | header[17];
    std::int64_t pages = 0;
    for (std::size_t i = 28; i < header.size(); ++i) {
        pages = pages << 8 | header[i];
    }
    return page_bytes * pages;
}

std::int64_t whole_pieces(std::int64_t bytes, std::int64_t piece) {
    return (std::max<std::int64_t>(bytes, 1) + piece - 1) / piece * piece;
}

/// Nothing is written: the new blocks read as zeros. A file system that cannot do so holds no reserve.
Expected<void> allocate(int file, std::int64_t bytes, int mode, const std::string &name) {
    if (::fallocate(file, mode, 0, bytes) != 0 && errno != EOPNOTSUPP) {
        return tl::unexpected<Error>(error_from_errno(errno, "allocate " + name));
    }
    return {};
}

/// Bytes that the file has, and that the disk holds for it.
struct Space {
    std::int64_t size = 0, allocated = 0;
};

Expected<Space> space_of(int file, const std::string &name) {
    struct stat status{};
    if (::fstat(file, &status) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "look at " + name));
    }
    return Space{status.st_size, std::int64_t{status.st_blocks} * kBlock};
}

Expected<UniqueFd> open_file(const std::string &name) {
    UniqueFd file(::open(name.c_str(), O_RDWR | O_CLOEXEC));
    return file ? Expected<UniqueFd>(std::move(file)) : tl::unexpected<Error>(error_from_errno(errno, "open " + name));
}

} // namespace

Expected<DatabaseSpace> DatabaseSpace::open(const std::filesystem::path &path, std::int64_t piece_bytes) {
    if (piece_bytes <= 0) {
        return DatabaseSpace(UniqueFd(), path.string(), 0);
    }
    auto file = open_file(path.string());
    return file ? Expected<DatabaseSpace>(DatabaseSpace(std::move(*file), path.string(), piece_bytes))
                : tl::unexpected<Error>(file.error());
}

Expected<void> DatabaseSpace::hold(std::int64_t more_bytes) const {
    if (!file_) {
        return {};
    }
    const auto now = space_of(file_.get(), name_);
    if (!now) {
        return tl::unexpected<Error>(now.error());
    }
    const std::int64_t used = used_bytes(file_.get());
    if (used == 0) {
        return fail(ErrorCode::unavailable, name_ + ": has no header yet");
    }
    const std::int64_t wanted = whole_pieces(std::max(now->size, used + more_bytes), piece_bytes_);
    const bool there = now->size >= wanted && now->allocated >= wanted;
    return there ? Expected<void>() : allocate(file_.get(), wanted, 0, name_);
}

Expected<void> keep_allocated(sqlite::Database &database, std::int64_t bytes) {
    int chunk = static_cast<int>(bytes);
    if (chunk > 0 && sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk) != SQLITE_OK) {
        return fail(ErrorCode::io, "cannot set the database's chunk size");
    }
    return {};
}

Expected<void> allocate_log(const std::filesystem::path &path, std::int64_t bytes) {
    if (bytes <= 0) {
        return {};
    }
    const auto name = path.string() + "-wal";
    const auto file = open_file(name);
    const auto now = file ? space_of(file->get(), name) : tl::unexpected<Error>(file.error());
    if (!now) {
        return tl::unexpected<Error>(now.error());
    }
    // Behind its end: what is inside SQLite takes for its own.
    const std::int64_t wanted = whole_pieces(now->size, bytes);
    return now->allocated >= wanted ? Expected<void>() : allocate(file->get(), wanted, FALLOC_FL_KEEP_SIZE, name);
}

} // namespace xueshi::journal
