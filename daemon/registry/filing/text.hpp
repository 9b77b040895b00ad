#pragma once

#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"

namespace xueshi::registry::filing {

/// The text of a file in UTF-8 (with or without byte order mark), UTF-16 (with one) or GB18030 (GBK and GB 2312 are
/// parts of it), as UTF-8 without a mark. What cannot be brought back to exactly the same bytes, what could be read in
/// two ways, a NUL and a U+FFFD (a character that was lost before) are errors that name the line.
Expected<std::string> to_utf8(std::string_view bytes);

/// Number of code points; `text` is valid UTF-8.
std::size_t characters(std::string_view text);

} // namespace xueshi::registry::filing
