#include "firmware/gallery/gallery_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include <fmt/format.h>
#include <sqlite3.h>

#include "firmware/core/base/file.hpp"
#include "firmware/gallery/migrations.hpp"

namespace xueshi::gallery {
namespace {

constexpr unsigned kMode = 0600;

Expected<void> check_mode(const std::filesystem::path &path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) {
        return tl::unexpected<Error>(error_from_errno(errno, "stat " + path.string()));
    }
    if (!S_ISREG(status.st_mode) || (status.st_mode & 077U) != 0) {
        return fail(ErrorCode::denied, path.string() + ": a regular file of mode 0600 expected");
    }
    return {};
}

/// -wal takes over the mode. Never opened when it is there: closing it would drop SQLite's locks in this process.
Expected<void> create_file(const std::filesystem::path &path) {
    const UniqueFd fd(file_system().open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kMode));
    if (!fd) {
        return errno == EEXIST ? check_mode(path)
                               : tl::unexpected<Error>(error_from_errno(errno, "create " + path.string()));
    }
    return fsync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

} // namespace

Expected<sqlite::Database> open_gallery_file(const std::filesystem::path &path) {
    if (const auto made = create_file(path); !made) {
        return tl::unexpected<Error>(made.error());
    }
    auto database = sqlite::Database::open(path, sqlite::Mode::read_write_create);
    if (!database) {
        return database;
    }
    // EXCLUSIVE: one process, so no -shm is needed. MEMORY: no template ever reaches a temporary file.
    auto ready = database
                     ->execute("PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON")
                     .and_then([&] { return sqlite::migrate(*database, migrations()); })
                     .and_then([&] { return empty_log(*database); });
    if (!ready) {
        return tl::unexpected<Error>(ready.error());
    }
    return database;
}

Expected<void> empty_log(sqlite::Database &database) {
    const int result =
        sqlite3_wal_checkpoint_v2(database.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (result != SQLITE_OK) {
        return fail(ErrorCode::io, fmt::format("empty the log: {}", sqlite3_errmsg(database.handle())));
    }
    return {};
}

} // namespace xueshi::gallery
