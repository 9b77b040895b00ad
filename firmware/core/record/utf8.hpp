#pragma once

#include <cstddef>
#include <string_view>

namespace xueshi::record {

/// Length of the well-formed UTF-8 sequence of two bytes or more at the start of `text` (RFC 3629 section 4); 0: there
/// is none.
std::size_t sequence_length(std::string_view text);

} // namespace xueshi::record
