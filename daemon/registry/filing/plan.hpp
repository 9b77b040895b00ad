#pragma once

#include <string_view>

#include "daemon/registry/filing/filing.hpp"

namespace xueshi::registry::filing {

inline constexpr std::size_t kMaxLessons = 400, kMaxHoursPerLesson = 16, kMaxTextBytes = 1024;

struct Plan {
    Institution institution;
    training::TrainingClass training_class; ///< without trainees; lessons by start
};

/// [institution] id name region; [class] id name approval_number? confidential_document?; [policy]? opens_before_ms?
/// closes_after_ms? cooldown_ms? tolerance? = [numerator, denominator] factor?; [[lesson]] id title teacher room and
/// either start with hours = N, hour_seconds, break_seconds?, or hours = [{start, end}, ...]. Times are TOML offset
/// date-times. Any other key is refused.
Expected<Plan> read_plan(std::string_view toml);

} // namespace xueshi::registry::filing
