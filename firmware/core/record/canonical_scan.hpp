#pragma once

#include <string_view>

namespace xueshi::record {

/// One pass over the text, without a tree: true only when it surely is canonical JSON (canonical_json.hpp). False for
/// everything else, and for escapes in keys, which bodies do not have.
bool is_surely_canonical(std::string_view text);

} // namespace xueshi::record
