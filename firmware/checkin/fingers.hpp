#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace xueshi::checkin {

inline constexpr std::array<std::string_view, 10> kFingers{"left_thumb",  "left_index",  "left_middle", "left_ring",
                                                           "left_little", "right_thumb", "right_index", "right_middle",
                                                           "right_ring",  "right_little"};

inline bool is_finger(std::string_view name) {
    return std::ranges::find(kFingers, name) != kFingers.end();
}

} // namespace xueshi::checkin
