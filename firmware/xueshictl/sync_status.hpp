#pragma once

#include <cstdint>
#include <string>

#include "firmware/core/base/json.hpp"

namespace xueshi::xueshictl {

/// What syncd says of itself (status.json), in lines for people. `now_ms` tells how old its word is.
std::string describe_sync(const json::Object &sync, std::int64_t now_ms);

} // namespace xueshi::xueshictl
