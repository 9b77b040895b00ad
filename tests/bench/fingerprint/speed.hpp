#pragma once

#include "tests/bench/fingerprint/measure.hpp"

namespace xueshi::bench {

struct Speed {
    std::size_t templates = 0;
    double identify_ms = 0; ///< median: the probe prepared, and compared with every template
};
/// Galleries of 60, 180 and 1,000 templates of five impressions each, filled from the samples again and again.
std::vector<Speed> measure_speed(const fingerprint::Matcher &matcher, const std::vector<Sample> &samples);

} // namespace xueshi::bench
