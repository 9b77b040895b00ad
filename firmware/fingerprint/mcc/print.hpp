#pragma once

#include <vector>

#include "firmware/fingerprint/mcc/cylinder.hpp"
#include "firmware/fingerprint/mcc/hull.hpp"
#include "firmware/fingerprint/mcc/similarity.hpp"

namespace xueshi::fingerprint::mcc {

/// One impression, prepared for comparing.
struct Print {
    explicit Print(const Impression &impression);
    std::vector<Pose> centres; ///< of the cylinders
    std::vector<Bits> cylinders;
    std::vector<Pose> poses; ///< all minutiae, with a cylinder or without, by x
    Hull hull;

private:
    Print(const Impression &impression, const std::vector<Cylinder> &made);
};

} // namespace xueshi::fingerprint::mcc
