#pragma once

#include <string>

#include "firmware/core/base/json.hpp"
#include "tests/bench/fingerprint/measure.hpp"

namespace xueshi::bench {

// Figures as JSON: null where there is nothing to count, never 0.

json::Value share(std::size_t part, std::size_t of);
/// "1.23 %"; "of none".
std::string percent(const json::Value &share);

json::Object to_json(const Identification &many);
/// `threshold`: what FNMR and FMR are told at.
json::Object to_json(const Verification &one, double threshold);

} // namespace xueshi::bench
