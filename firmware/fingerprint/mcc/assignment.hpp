#pragma once

#include <vector>

#include "firmware/fingerprint/mcc/similarity.hpp"

namespace xueshi::fingerprint::mcc {

struct Pair {
    std::size_t row = 0, column = 0;
};

/// The one-to-one pairing with the greatest sum of similarities, as many pairs as the shorter side has; Hungarian
/// method with shortest augmenting paths, O(rows * rows * columns).
std::vector<Pair> best_assignment(const SimilarityMatrix &matrix);

} // namespace xueshi::fingerprint::mcc
