#pragma once

#include <vector>

#include "firmware/fingerprint/mcc/assignment.hpp"

namespace xueshi::fingerprint::mcc {

/// Global score of two prints, 0..1: local similarity assignment with relaxation (LSA-R of the paper): pairs that
/// agree with the others about distance and direction keep their similarity, the others lose it.
double global_score(const std::vector<Cylinder> &a, const std::vector<Cylinder> &b);

} // namespace xueshi::fingerprint::mcc
