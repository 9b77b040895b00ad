#pragma once

#include <string_view>

#include "firmware/core/base/error.hpp"

struct sqlite3;

namespace xueshi::sqlite {

/// What the connection's last result means: BUSY, LOCKED and CANTOPEN are unavailable, FULL no_space, CORRUPT and
/// NOTADB corrupt, PERM and AUTH denied, CONSTRAINT conflict, the rest io. The message never holds bound values.
Error error_of(sqlite3 *handle, int result, std::string_view what);

} // namespace xueshi::sqlite
