#pragma once

#include <string>

#include "firmware/core/identity/seal.hpp"
#include "firmware/core/sqlite/sqlite.hpp"

namespace xueshi::gallery {

/// Seals the digest of all templates and consents; call before each commit.
Expected<void> write_inventory(sqlite::Database &database, const identity::SealingKey &key, const std::string &device);

/// Error: denied when the rows are not those of the last commit. A gallery without any row needs no inventory.
Expected<void> check_inventory(sqlite::Database &database, const identity::SealingKey &key, const std::string &device);

} // namespace xueshi::gallery
