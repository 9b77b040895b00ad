#pragma once

#include <span>
#include <string_view>

namespace xueshi::gallery {

/// The texts of migrations/*.sql in order; number 1 first. Never edited once shipped.
std::span<const std::string_view> migrations();

} // namespace xueshi::gallery
