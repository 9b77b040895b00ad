#pragma once

#include <string>
#include <string_view>

namespace xueshi::kiosk {

/// How much of a name everybody before the screen sees.
enum class NameMode { masked, full, number };

/// 王*明, 张*, 买***提: the first sign and, from three on, the last; between them a star a sign, three at most, so that
/// a long name does not give its length away. One sign alone becomes a star. `name` is UTF-8; what is no UTF-8 becomes
/// a star as a whole. Empty with `number`.
std::string shown_name(std::string_view name, NameMode mode);

} // namespace xueshi::kiosk
