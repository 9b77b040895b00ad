#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "daemon/registry/filing/filing.hpp"

namespace xueshi::registry::filing {

inline constexpr std::size_t kMaxTrainees = 500, kMaxNameCharacters = 100, kMaxNumberCharacters = 32;

/// What the plan grants its roster.
struct RosterRules {
    bool may_exceed_60 = false;       ///< it has an approval number
    bool may_hide_identities = false; ///< it is confidential: names and ID numbers may be blank
};

/// A CSV file whose first row names the columns number, name, id_number (or 编号, 姓名, 身份证号码), in any order and
/// no others. Names are kept exactly as they are.
Expected<std::vector<RosterRow>> read_roster(std::string_view bytes, const RosterRules &rules, std::int64_t now_ms);

} // namespace xueshi::registry::filing
