#pragma once

#include <vector>

#include "tests/bench/face/looks.hpp"

namespace xueshi::bench {

/// `looks` with their liveness judged anew: each by a logistic regression over the evidence of everybody else, so that
/// no subject is judged by weights they had a part in. Looks that are not usable stay as they are.
std::vector<Look> judge_held_out(std::vector<Look> looks, const std::vector<Look> &live,
                                 const std::vector<Look> &prints);

} // namespace xueshi::bench
