#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xueshi::registryctl {

/// Columns of a terminal that `text` (UTF-8) takes: a Chinese character takes two.
std::size_t display_width(std::string_view text);

/// Rows in aligned columns, the first row above a line. Control characters become '?'.
std::string format_table(const std::vector<std::vector<std::string>> &rows);

} // namespace xueshi::registryctl
