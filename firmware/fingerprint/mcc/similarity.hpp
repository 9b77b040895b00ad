#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "firmware/fingerprint/mcc/cylinder.hpp"

namespace xueshi::fingerprint::mcc {

/// Two cylinders of different prints that are alike: 0..1.
struct Similar {
    float similarity = 0;
    std::uint16_t row = 0, column = 0; ///< of the first print, of the second
};

/// What comparing needs of a cylinder: as much as a line of a cache.
struct Bits {
    BaseBits valid = 0;
    std::array<BaseBits, kSections> cells{};
    int degrees = 0;
    std::uint16_t index = 0; ///< among the print's cylinders
};

/// A print's cylinders by direction: those that another print's cylinder may be compared with lie side by side.
std::vector<Bits> by_direction(const std::vector<Cylinder> &cylinders);

/// All of them, in no order; those with no similarity at all, or turned too far against each other, are left out. Both
/// prints are as by_direction() gives them.
std::vector<Similar> local_similarities(const std::vector<Bits> &a, const std::vector<Bits> &b);

} // namespace xueshi::fingerprint::mcc
