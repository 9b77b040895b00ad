#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "firmware/core/base/unique_fd.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::journal {

/// Disk space that only events can use: it is allocated to the journal's own two files before it is needed, so that no
/// video can take it (journal_format.md, "Space"). 0: none is held.
struct Reserve {
    std::int64_t database_bytes = 0; ///< journal.db grows in pieces of this size
    std::int64_t log_bytes = 0;      ///< between two checkpoints; when it is full, the log is moved into the database
};

/// 200,000 punches take about 290 MB (a test measures it).
inline constexpr Reserve kReserve{320LL << 20, 16LL << 20};

/// The database's file, which gets its size and blocks here before they are needed: SQLite itself writes into each
/// block of a new piece (320 MiB, half a minute of an SD card) while a punch waits. Kept open, and closed after
/// SQLite's own connection: closing any of a process's descriptors drops its locks.
class DatabaseSpace {
public:
    /// `piece_bytes` of 0: nothing is held.
    static Expected<DatabaseSpace> open(const std::filesystem::path &path, std::int64_t piece_bytes);
    /// Whole pieces for what is used and so many more bytes; call just before they are moved there, since SQLite cuts
    /// what it does not need. Error: unavailable while there is no header: SQLite takes a file of zeros for no
    /// database; no_space.
    Expected<void> hold(std::int64_t more_bytes) const;

private:
    DatabaseSpace(UniqueFd file, std::string name, std::int64_t piece_bytes)
        : file_(std::move(file)), name_(std::move(name)), piece_bytes_(piece_bytes) {}

    UniqueFd file_;
    std::string name_;
    std::int64_t piece_bytes_;
};

/// SQLite cuts the file to whole pieces of this size only, and so never gives the allocated space back.
Expected<void> keep_allocated(sqlite::Database &database, std::int64_t bytes);
/// Allocates what the log lacks, behind its end. SQLite holds no locks on it.
Expected<void> allocate_log(const std::filesystem::path &path, std::int64_t bytes);

} // namespace xueshi::journal
