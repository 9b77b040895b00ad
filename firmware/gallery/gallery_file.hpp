#pragma once

#include <filesystem>

#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::gallery {

/// Opens or creates gallery.db (0600) with its schema. Deleted content is overwritten with zeros; the log is emptied,
/// so that an erasure which a power cut interrupted is finished.
Expected<sqlite::Database> open_gallery_file(const std::filesystem::path &path);

/// Moves the log into the database and cuts it to nothing. Error: what was erased may still lie in the log.
Expected<void> empty_log(sqlite::Database &database);

} // namespace xueshi::gallery
