#include "firmware/core/journal/writer/reserve.hpp"

#include <fcntl.h>

#include <cerrno>

#include <sqlite3.h>

#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::journal {
namespace {

/// With the chunk size set, SQLite cuts the file only to whole chunks, and fills a chunk when the file grows into it.
Expected<void> hold_database(sqlite::Database &database, std::int64_t bytes) {
    int chunk = static_cast<int>(bytes);
    sqlite3_int64 hint = bytes;
    const int set = sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
    const int held =
        set == SQLITE_OK ? sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_SIZE_HINT, &hint) : set;
    return held == SQLITE_OK ? Expected<void>()
                             : fail(ErrorCode::no_space, "the journal's reserve cannot be allocated");
}

/// Behind the log's end, so that nobody takes it for frames. SQLite holds no locks on the log.
Expected<void> hold_log(const std::filesystem::path &path, std::int64_t bytes) {
    const std::string log = path.string() + "-wal";
    const UniqueFd file(::open(log.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) {
        return tl::unexpected<Error>(error_from_errno(errno, "open " + log));
    }
    if (::fallocate(file.get(), FALLOC_FL_KEEP_SIZE, 0, bytes) != 0 && errno != EOPNOTSUPP) {
        return tl::unexpected<Error>(error_from_errno(errno, "allocate " + log));
    }
    return {};
}

} // namespace

Expected<void> hold(sqlite::Database &database, const std::filesystem::path &path, const Reserve &reserve) {
    auto held = reserve.log_bytes > 0 ? hold_log(path, reserve.log_bytes) : Expected<void>();
    return held && reserve.database_bytes > 0 ? hold_database(database, reserve.database_bytes) : held;
}

} // namespace xueshi::journal
