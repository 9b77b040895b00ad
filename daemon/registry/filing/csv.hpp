#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/error.hpp"

namespace xueshi::registry::filing {

inline constexpr std::size_t kMaxLineBytes = 4096, kMaxCells = 32, kMaxRows = 2000;

struct CsvRow {
    std::size_t line = 0; ///< of the file, from 1
    std::vector<std::string> cells;
};

/// RFC 4180 in UTF-8, without line breaks inside a cell: LF or CRLF, quotes doubled inside quotes. Comma separated, or
/// by tabs when the first line has a tab and no comma (what a spreadsheet's "Unicode text" is). Rows whose cells are
/// all empty are left out. Errors name line and column.
Expected<std::vector<CsvRow>> read_csv(std::string_view text);

} // namespace xueshi::registry::filing
