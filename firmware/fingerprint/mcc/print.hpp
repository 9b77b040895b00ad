#pragma once

#include <vector>

#include "firmware/fingerprint/mcc/cylinder.hpp"
#include "firmware/fingerprint/mcc/hull.hpp"

namespace xueshi::fingerprint::mcc {

/// One impression, prepared for comparing.
struct Print {
    explicit Print(const Impression &impression);
    std::vector<Cylinder> cylinders;
    std::vector<Pose> poses; ///< all minutiae, with a cylinder or without, by x
    Hull hull;
};

} // namespace xueshi::fingerprint::mcc
