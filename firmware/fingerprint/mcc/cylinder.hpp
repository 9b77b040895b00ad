#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "firmware/fingerprint/reader.hpp"

/// Minutia Cylinder-Code: R. Cappelli, M. Ferrara, D. Maltoni, "Minutia Cylinder-Code: A New Representation and
/// Matching Technique for Fingerprint Recognition", IEEE TPAMI 32(12), 2010; bit form of section 3.2.
/// An Italian patent application of 2009 names the method: who ships this asks whether it is in force there. bozorth3,
/// which libfprint carries, is the other provider.
namespace xueshi::fingerprint::mcc {

inline constexpr int kSide = 8;       ///< N_S: cells along the base's bounding square
inline constexpr int kSections = 6;   ///< N_D: layers over the full circle of directions
inline constexpr double kRadius = 70; ///< R, pixels at 500 dpi

/// Where a minutia lies, in a frame whose axes and angles turn the same way (as Minutia's do).
struct Pose {
    double x = 0, y = 0;
    int degrees = 0;
};

/// One bit a cell: a base of 8 x 8 is one machine word, which is what makes a comparison cheap. (N_S = 16 costs four
/// times as much and told the sets of README.md apart no better.)
using BaseBits = std::uint64_t;
static_assert(kSide * kSide == 64);

/// What lies around one minutia, relative to its direction.
struct Cylinder {
    Pose pose;
    BaseBits valid = 0;                      ///< cells inside the circle and near the print; the same in each section
    std::array<BaseBits, kSections> cells{}; ///< only where valid
    int valid_count = 0;
};

/// Cells of a base inside its circle: no cylinder has more valid ones.
int cells_in_circle();

/// One cylinder a minutia that has enough print and enough other minutiae around it.
std::vector<Cylinder> make_cylinders(const Impression &impression);

} // namespace xueshi::fingerprint::mcc
