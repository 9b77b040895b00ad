#include <fmt/format.h>
#include <sqlite3.h>

#include "firmware/core/sqlite/errors.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::sqlite {
namespace {

constexpr sqlite3_int64 kHeaderBytes = 32; // https://www.sqlite.org/fileformat2.html#walformat
constexpr sqlite3_int64 kFrameHeaderBytes = 24;

Expected<std::int64_t> read_number(Database &database, std::string_view sql) {
    auto statement = Statement::prepare(database, sql);
    if (!statement) {
        return tl::unexpected<Error>(statement.error());
    }
    const auto row = statement->step();
    if (!row) {
        return tl::unexpected<Error>(row.error());
    }
    return *row ? Expected<std::int64_t>(statement->integer(0)) : fail(ErrorCode::io, "no answer");
}

/// The open log, or null when this is no database with one.
Expected<sqlite3_file *> log_of(Database &database) {
    // It is opened with the first read.
    if (const auto read = read_number(database, "SELECT count(*) FROM sqlite_schema"); !read) {
        return tl::unexpected<Error>(read.error());
    }
    sqlite3_file *log = nullptr;
    const int result =
        sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void *>(&log));
    if (result != SQLITE_OK) {
        return tl::unexpected<Error>(error_of(database.handle(), result, "find the log"));
    }
    return log != nullptr && log->pMethods != nullptr ? log : nullptr;
}

Expected<void> as_expected(int result, std::string_view what) {
    return result == SQLITE_OK ? Expected<void>() : tl::unexpected<Error>(error_of(nullptr, result, what));
}

} // namespace

Expected<void> sync_log(Database &database) {
    const auto log = log_of(database);
    if (!log) {
        return tl::unexpected<Error>(log.error());
    }
    return *log == nullptr ? Expected<void>()
                           : as_expected((*log)->pMethods->xSync(*log, SQLITE_SYNC_NORMAL), "sync the log");
}

Expected<void> forget_failed_commit(Database &database) {
    const auto log = log_of(database);
    const auto page_size = read_number(database, "PRAGMA page_size");
    if (!log || !page_size) {
        return tl::unexpected<Error>(!log ? log.error() : page_size.error());
    }
    // A checkpoint tells how many frames are committed, and moves none but those.
    int frames = 0;
    const int result =
        sqlite3_wal_checkpoint_v2(database.handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &frames, nullptr);
    if (result != SQLITE_OK) {
        return tl::unexpected<Error>(error_of(database.handle(), result, "checkpoint"));
    }
    if (*log == nullptr || frames < 0) {
        return {};
    }
    const sqlite3_int64 end = frames == 0 ? 0 : kHeaderBytes + frames * (kFrameHeaderBytes + *page_size);
    sqlite3_int64 size = 0;
    if (auto known = as_expected((*log)->pMethods->xFileSize(*log, &size), "size of the log"); !known || size <= end) {
        return known;
    }
    if (auto cut = as_expected((*log)->pMethods->xTruncate(*log, end), "cut the log"); !cut) {
        return cut;
    }
    return as_expected((*log)->pMethods->xSync(*log, SQLITE_SYNC_NORMAL), "sync the log");
}

} // namespace xueshi::sqlite
