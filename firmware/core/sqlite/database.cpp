#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "firmware/core/sqlite/errors.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 5'000; // longer than a checkpoint takes on a slow SD card

ErrorCode code_of(int result) {
    switch (result & 0xFF) { // the primary code
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
        return ErrorCode::unavailable;
    case SQLITE_FULL:
        return ErrorCode::no_space;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return ErrorCode::corrupt;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ErrorCode::denied;
    // A reader of a WAL database whose -shm is not there yet gets one of the READONLY_* kinds.
    case SQLITE_READONLY:
        return result == SQLITE_READONLY ? ErrorCode::denied : ErrorCode::unavailable;
    case SQLITE_CONSTRAINT:
        return ErrorCode::conflict;
    case SQLITE_TOOBIG:
        return ErrorCode::too_large;
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return ErrorCode::invalid_argument;
    default:
        return ErrorCode::io;
    }
}

Expected<void> set_safe_defaults(sqlite3 *handle) {
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    // A file from elsewhere (a stick, a tampered card) must not run code of its own through its schema.
    const bool set = sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr) == SQLITE_OK &&
                     sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr) == SQLITE_OK &&
                     sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr) == SQLITE_OK &&
                     sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr) == SQLITE_OK &&
                     sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr) == SQLITE_OK;
    return set ? Expected<void>() : tl::unexpected<Error>(error_of(handle, SQLITE_ERROR, "configure"));
}

} // namespace

Error error_of(sqlite3 *handle, int result, std::string_view what) {
    const char *text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(result);
    return {code_of(result), fmt::format("{}: {} (sqlite {})", what, text, result)};
}

Expected<Database> Database::open(const std::filesystem::path &path, Mode mode) {
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3 *handle = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    Database database(handle); // owns it even when opening failed
    if (result != SQLITE_OK) {
        return tl::unexpected<Error>(error_of(handle, result, "open " + path.string()));
    }
    if (const auto safe = set_safe_defaults(handle); !safe) {
        return fail(safe, path.string());
    }
    return database;
}

Database::Database(Database &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
Database &Database::operator=(Database &&other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
}
Database::~Database() {
    sqlite3_close_v2(handle_);
}

Expected<void> Database::execute(std::string_view sql) {
    const int result = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) {
        return tl::unexpected<Error>(error_of(handle_, result, sql.substr(0, 60)));
    }
    return {};
}

Expected<Transaction> Transaction::begin(Database &database) {
    if (const auto begun = database.execute("BEGIN IMMEDIATE"); !begun) {
        return tl::unexpected<Error>(begun.error());
    }
    return Transaction(database);
}

Transaction::Transaction(Transaction &&other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
    // Some errors (a full disk, a failed write) have rolled it back already.
    if (database_ != nullptr && sqlite3_get_autocommit(database_->handle()) == 0) {
        sqlite3_exec(database_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

Expected<void> Transaction::commit() {
    const auto done = database_->execute("COMMIT");
    if (done) {
        database_ = nullptr;
    }
    return done;
}

} // namespace xueshi::sqlite
