#pragma once

#include <cstdint>
#include <filesystem>

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

/// Gives the database's file its size and blocks, also ahead of need. SQLite itself writes into each block of a new
/// piece (320 MiB, half a minute of an SD card) while a punch waits. Before this process opens it: closing the file
/// drops SQLite's locks on it. Error: unavailable while there is no header; SQLite takes a file of zeros for no
/// database.
Expected<void> allocate_database(const std::filesystem::path &path, std::int64_t bytes);
/// SQLite cuts the file to whole pieces of this size only, and so never gives the allocated space back.
Expected<void> keep_allocated(sqlite::Database &database, std::int64_t bytes);
/// Allocates what the log lacks, behind its end. SQLite holds no locks on it.
Expected<void> allocate_log(const std::filesystem::path &path, std::int64_t bytes);

} // namespace xueshi::journal
