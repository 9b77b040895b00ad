#pragma once

#include <string_view>
#include <vector>

namespace xueshi::registry::store {

/// The texts of migrations/*.sql in order; number 1 first. Statements end with ";" at a line's end.
const std::vector<std::string_view> &migrations();

} // namespace xueshi::registry::store
