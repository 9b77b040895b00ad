#pragma once

#include <filesystem>

#include "daemon/registry/store/store.hpp"

namespace xueshi::registryd {

/// The operator's token for registryctl lies in `file` (0600), made at the first start; the database has its hash.
/// Whoever may read the file may do everything: it is of the registry's own user.
Expected<void> open_or_create_admin_token(registry::store::Store &store, const std::filesystem::path &file,
                                          std::int64_t now_ms);

} // namespace xueshi::registryd
