#pragma once

#include <string>
#include <string_view>

#include "firmware/core/base/json.hpp"

namespace xueshi::record {

/// RFC 8785 restricted to strings, integers (|n| < 2^53), booleans, arrays and objects with ASCII keys;
/// doubles, null and other keys are invalid_argument, with the path.
Expected<std::string> canonical_json(const json::Value &value);

/// True when `text` is exactly what canonical_json writes of its own value.
bool is_canonical(std::string_view text);

} // namespace xueshi::record
