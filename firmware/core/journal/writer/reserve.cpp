#include "firmware/core/journal/writer/reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <sqlite3.h>

#include "firmware/core/base/unique_fd.hpp"

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

/// Whole pieces, and at least an eighth of one ahead of what is used.
std::int64_t pieces_wanted(std::int64_t size, std::int64_t used, std::int64_t piece) {
    const std::int64_t least = std::max({size, used + piece / 8, std::int64_t{1}});
    return (least + piece - 1) / piece * piece;
}

/// Nothing is written: the new blocks read as zeros. A file system that cannot do so holds no reserve.
Expected<void> allocate(int file, std::int64_t bytes, int mode, const std::string &name) {
    if (::fallocate(file, mode, 0, bytes) != 0 && errno != EOPNOTSUPP) {
        return tl::unexpected<Error>(error_from_errno(errno, "allocate " + name));
    }
    return {};
}

struct OpenFile {
    UniqueFd fd;
    struct stat status{};
    std::int64_t allocated() const { return std::int64_t{status.st_blocks} * kBlock; }
};

Expected<OpenFile> open_file(const std::string &name) {
    OpenFile file{UniqueFd(::open(name.c_str(), O_RDWR | O_CLOEXEC))};
    if (!file.fd || ::fstat(file.fd.get(), &file.status) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "open " + name));
    }
    return file;
}

} // namespace

Expected<void> allocate_database(const std::filesystem::path &path, std::int64_t bytes) {
    if (bytes <= 0) {
        return {};
    }
    const auto file = open_file(path.string());
    if (!file) {
        return tl::unexpected<Error>(file.error());
    }
    const std::int64_t size = file->status.st_size, used = used_bytes(file->fd.get());
    if (used == 0) {
        return fail(ErrorCode::unavailable, path.string() + ": has no header yet");
    }
    const std::int64_t wanted = pieces_wanted(size, used, bytes);
    const bool there = size >= wanted && file->allocated() >= wanted;
    return there ? Expected<void>() : allocate(file->fd.get(), wanted, 0, path.string());
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
    if (!file) {
        return tl::unexpected<Error>(file.error());
    }
    // Behind its end: what is inside SQLite takes for its own.
    const std::int64_t wanted = (std::max<std::int64_t>(file->status.st_size, 1) + bytes - 1) / bytes * bytes;
    return file->allocated() >= wanted ? Expected<void>() : allocate(file->fd.get(), wanted, FALLOC_FL_KEEP_SIZE, name);
}

} // namespace xueshi::journal
