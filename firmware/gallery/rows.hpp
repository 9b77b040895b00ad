#pragma once

#include <vector>

#include "firmware/core/sqlite/sqlite.hpp"
#include "firmware/gallery/gallery.hpp"

namespace xueshi::gallery {

/// A row as it lies in the file: `stored` without its bytes, which `sealed` has.
struct SealedRow {
    StoredTemplate stored;
    Bytes sealed;
};
Expected<std::vector<SealedRow>> read_templates(sqlite::Database &database);
Expected<std::vector<SealedRow>> read_owed(sqlite::Database &database);

} // namespace xueshi::gallery
