#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"

namespace xueshi::registry::filing {

/// A citizen's identity number (GB 11643-1999): six digits of a region, a birth date, three digits, and a check
/// character by MOD 11-2 (ISO 7064). Returned with X in upper case. Errors give the reason and never the number.
Expected<std::string> check_id_number(std::string_view text, std::int64_t now_ms);

} // namespace xueshi::registry::filing
