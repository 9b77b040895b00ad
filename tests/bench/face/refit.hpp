#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/bench/face/looks.hpp"

namespace xueshi::bench {

struct HeldOut {
    std::vector<Look> looks;
    std::set<std::string> left_out; ///< people without whom there are not both living faces and prints to learn from
};
/// The usable ones of `looks` with their liveness judged anew: each by a logistic regression over the evidence of
/// everybody else, so that no subject is judged by weights they had a part in.
HeldOut judge_held_out(const std::vector<Look> &looks, const std::vector<Look> &live, const std::vector<Look> &prints);

} // namespace xueshi::bench
