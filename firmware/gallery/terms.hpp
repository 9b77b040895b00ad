#pragma once

#include <map>
#include <vector>

#include "firmware/core/sqlite/sqlite.hpp"
#include "firmware/gallery/gallery.hpp"

namespace xueshi::gallery {

// The table of terms. It is no part of the inventory, so that an older program, which knows of none, may go on.

Expected<std::vector<Term>> read_terms(sqlite::Database &database);
Expected<void> write_terms(sqlite::Database &database, const std::map<PersonId, std::int64_t> &since_ms);
/// Inside the caller's transaction.
Expected<void> mark_ended(sqlite::Database &database, const PersonId &person);
Expected<void> remove_term(sqlite::Database &database, const PersonId &person);

} // namespace xueshi::gallery
