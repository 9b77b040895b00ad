#pragma once

#include <vector>

#include "firmware/fingerprint/mcc/similarity.hpp"

namespace xueshi::fingerprint::mcc {

/// At most `most` pairs, the most similar first, no row and no column twice (the paper's local greedy similarity). Of
/// equally similar ones the first row, then the first column.
std::vector<Similar> most_similar(const std::vector<Similar> &similar, std::size_t most);

} // namespace xueshi::fingerprint::mcc
