#pragma once

#include <vector>

#include "firmware/fingerprint/mcc/cylinder.hpp"

namespace xueshi::fingerprint::mcc {

/// Two cylinders of different prints that are alike: 0..1.
struct Similar {
    float similarity = 0;
    std::uint16_t row = 0, column = 0; ///< of the first print, of the second
};

/// All of them, row by row; those with no similarity at all, or turned too far against each other, are left out.
std::vector<Similar> local_similarities(const std::vector<Cylinder> &a, const std::vector<Cylinder> &b);

} // namespace xueshi::fingerprint::mcc
