#pragma once

#include <string>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/ids.hpp"

/// How bytes lie in text columns; a column that does not read back throws (a damaged database is never "no row").
namespace xueshi::registry::store {

Sha256 hash_from_column(const std::string &text);
Bytes signature_from_column(const std::string &text);
Uuid uuid_from_column(const std::string &text);

} // namespace xueshi::registry::store
