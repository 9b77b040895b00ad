#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace xueshi::sqlite {

enum class Mode { read_only, read_write_create };

/// One connection. Thread-bound.
class Database {
public:
    static Expected<Database> open(const std::filesystem::path &path, Mode mode);
    Database(Database &&other) noexcept;
    Database &operator=(Database &&other) noexcept;
    ~Database();

    /// Statements without parameters and without rows.
    Expected<void> execute(std::string_view sql);
    sqlite3 *handle() const { return handle_; }

private:
    explicit Database(sqlite3 *handle) : handle_(handle) {}
    sqlite3 *handle_ = nullptr;
};

/// A prepared statement; bind from 1, columns from 0. Lives no longer than its database.
class Statement {
public:
    static Expected<Statement> prepare(Database &database, std::string_view sql);
    Statement(Statement &&other) noexcept;
    Statement &operator=(Statement &&other) noexcept;
    ~Statement();

    Statement &bind(int index, std::int64_t value);
    Statement &bind(int index, std::string_view text);
    Statement &bind(int index, ByteView blob);
    Statement &bind_null(int index);

    /// true: a row is there; false: done. A read error is an error, never "no rows". A failed bind surfaces here.
    Expected<bool> step();
    /// Runs a statement that gives no rows, then resets it.
    Expected<void> run();
    void reset();

    std::int64_t integer(int column) const;
    std::string text(int column) const;
    Bytes blob(int column) const;
    bool is_null(int column) const;

private:
    explicit Statement(sqlite3_stmt *statement) : statement_(statement) {}
    sqlite3_stmt *statement_ = nullptr;
    int bind_result_ = 0;
};

/// BEGIN IMMEDIATE; rolled back unless committed.
class Transaction {
public:
    static Expected<Transaction> begin(Database &database);
    Transaction(Transaction &&other) noexcept;
    Transaction &operator=(Transaction &&) = delete;
    ~Transaction();
    Expected<void> commit();

private:
    explicit Transaction(Database &database) : database_(&database) {}
    Database *database_;
};

/// The database's user_version, as a program may use it that knows `known` migrations. A newer one is unsupported,
/// unless its application_id names a version that the program does know.
Expected<std::size_t> usable_version(Database &database, std::size_t known);

/// Brings the database from its user_version to migrations.size(), one transaction each. A device whose update did not
/// come up goes back to the older program, and that meets the newer one's files. A migration that an older program may
/// be ignorant of (it only adds what the older one neither reads nor has to keep right) says from which version on, by
/// `PRAGMA application_id = 3`; after any other, only programs that know it may use the file (see usable_version).
Expected<void> migrate(Database &database, std::span<const std::string_view> migrations);

/// Syncs the write-ahead log: what a killed program left there may be in memory only, and whoever finds it may answer
/// for it.
Expected<void> sync_log(Database &database);

/// Cuts what a failed COMMIT left behind the last good one off the log. A fsync that failed leaves pages that look
/// clean and are not on the disk, and no later fsync writes them; whoever opens the log next would take them for
/// committed, and a checkpoint of them followed by a power cut leaves old and new pages mixed. To be called on the very
/// connection whose COMMIT failed, by the only writer.
Expected<void> forget_failed_commit(Database &database);

} // namespace xueshi::sqlite
