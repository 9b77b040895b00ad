#pragma once

#include <string>

#include "daemon/registry/filing/filing.hpp"

/// A small filed class for the tests of this room, all of it invented.
namespace filed {

using namespace xueshi;

/// 2026-11-24T12:00:00+08:00
inline constexpr std::int64_t kNowMs = 1'795'492'800'000;

/// An identity number that checks (MOD 11-2 by the defining recursion, unlike the product's weights): born 1990-01-01
/// in 220101, with the sequence number `sequence` of three digits.
inline std::string id_number(int sequence, const std::string &birth = "19900101") {
    const auto digits = "220101" + birth + std::to_string(1000 + sequence).substr(1);
    int product = 0;
    for (const char digit : digits) {
        product = (product + (digit - '0')) * 2 % 11;
    }
    const int check = (12 - product) % 11;
    return digits + (check == 10 ? "X" : std::to_string(check));
}

inline const std::string kPlan = R"([institution]
id = "school-1"
name = "示范职业技能培训学校"
region = "220100"
[class]
id = "class-1"
name = "家政服务员"
[policy]
opens_before_ms = 600000
tolerance = [1, 3]
factor = "face_and_finger"
[[lesson]]
id = "lesson-2"
title = "实操"
teacher = "赵老师"
room = "room-1"
hours = [{start = 2026-11-25T08:00:00+08:00, end = 2026-11-25T08:45:00+08:00},
         {start = 2026-11-25T09:00:00+08:00, end = 2026-11-25T09:45:00+08:00}]
[[lesson]]
id = "lesson-1"
title = "理论"
teacher = "赵老师"
room = "room-1"
start = 2026-11-24T08:00:00+08:00
hours = 2
hour_seconds = 2700
break_seconds = 300
)";

inline std::string roster(std::size_t trainees = 2) {
    std::string csv = "number,name,id_number\n";
    for (std::size_t i = 1; i <= trainees; ++i) {
        csv += std::to_string(i) + ",张三," + id_number(static_cast<int>(i)) + "\n";
    }
    return csv;
}

/// `text` with the first `from` made `to`.
inline std::string edited(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

template <typename T>
std::string refusal(const Expected<T> &result) {
    return result ? "" : result.error().message;
}

inline bool contains(const std::string &text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace filed
