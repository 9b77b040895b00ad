#pragma once

#include "firmware/checkin/subject.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::control {

inline constexpr std::size_t kMaxId = 64;

/// Of a verb that takes none. Error: invalid_argument names the first field.
Expected<void> expect_nothing(const json::Object &arguments);

/// `person`, or `number` with `class` when it is not unique; exactly one of the first two.
checkin::Subject read_subject(json::ObjectReader &reader);

} // namespace xueshi::control
