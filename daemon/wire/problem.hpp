#pragma once

#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"

/// Answers that are no success: RFC 9110 statuses with RFC 9457 problem details.
namespace xueshi::wire {

/// What a caller decides on. 429 and 5xx: `unavailable` (504 `timeout`, 507 `no_space`); anything unforeseen:
/// `unsupported`.
ErrorCode code_of_status(unsigned status);

/// `detail`, else `title`, of a problem; empty when the body is none. It ends on a screen: short and printable.
std::string words_of_problem(std::string_view body);

} // namespace xueshi::wire
