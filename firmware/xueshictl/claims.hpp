#pragma once

#include "firmware/xueshictl/commands.hpp"

namespace xueshi::xueshictl {

/// "I am here and was not recognised": stays pending until the bureau decides.
Expected<void> claim(const Places &places, const Whom &whom, const std::string &reason, const std::string &note);
/// A supervised punch; the bureau is shown it.
Expected<void> punch(const Places &places, const Whom &whom, const std::string &reason);
/// A lasting difficulty: `instead` is finger or third_factor. `end`: no longer.
Expected<void> accommodate(const Places &places, const Whom &whom, const std::string &instead,
                           const std::string &reason, bool end);

} // namespace xueshi::xueshictl
