#pragma once

#include "firmware/core/base/json.hpp"

namespace xueshi::terminald {

/// Each interface but the loopback: `name`, `up` (it has a carrier), `addresses` (as text).
json::Array describe_network();

} // namespace xueshi::terminald
