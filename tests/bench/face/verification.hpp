#pragma once

#include <string>

#include "tests/bench/face/rates.hpp"

namespace xueshi::bench {

/// 1:1 figures of a set: `eer`, `roc`, how many comparisons there are of one person (`same`) and of two (`other`), and
/// for FAR 1e-2, 1e-3 and 1e-4 the TAR and, as `far_reached_...`, the share of `other` that passes there. Fewer than
/// 1/FAR of them cannot show that FAR: the threshold lies above them all then. Printed under the name.
json::Object verification(const std::string &what, const Scores &scores);

} // namespace xueshi::bench
