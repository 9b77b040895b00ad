#pragma once

#include <vector>

#include "firmware/fingerprint/mcc/cylinder.hpp"

namespace xueshi::fingerprint::mcc {

/// Local similarity of each cylinder of one print with each of another, 0..1.
struct SimilarityMatrix {
    std::size_t rows = 0, columns = 0;
    std::vector<float> values; ///< row by row
    float at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

SimilarityMatrix local_similarities(const std::vector<Cylinder> &a, const std::vector<Cylinder> &b);

} // namespace xueshi::fingerprint::mcc
