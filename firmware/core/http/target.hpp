#pragma once

#include <map>
#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"

namespace xueshi::http {

/// A request target (RFC 9112 section 3.2.1, origin form) taken apart.
struct Target {
    std::string path; ///< decoded; begins with '/'
    std::map<std::string, std::string> query;
};

inline constexpr std::size_t kMaxQueryKeys = 32;

/// Refuses (invalid_argument): another form, bad percent escapes, control characters, an encoded slash, a backslash,
/// "." and ".." segments, a repeated or empty key, more than kMaxQueryKeys keys. "+" in the query is a space.
Expected<Target> parse_target(std::string_view target);

} // namespace xueshi::http
