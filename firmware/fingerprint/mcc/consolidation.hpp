#pragma once

#include <vector>

#include "firmware/fingerprint/mcc/print.hpp"
#include "firmware/fingerprint/mcc/selection.hpp"

namespace xueshi::fingerprint::mcc {

/// The most similar pairs of two prints' cylinders, after those that agree with the others about distance and direction
/// kept their similarity and the others lost it.
struct Relaxed {
    std::vector<Similar> pairs;          ///< with the similarity from before
    std::vector<double> after;           ///< similarity of each
    std::vector<double> compatibilities; ///< of each two, column by column
    /// How pair k agrees with pair t, as seen from t.
    double compatible(std::size_t t, std::size_t k) const { return compatibilities[k * pairs.size() + t]; }
};
Relaxed relax(const Print &a, const Print &b);

/// Local similarity with relaxation (LGS-R of the paper), 0..1.
double relaxed_score(const Relaxed &relaxed, std::size_t cylinders_a, std::size_t cylinders_b);

} // namespace xueshi::fingerprint::mcc
