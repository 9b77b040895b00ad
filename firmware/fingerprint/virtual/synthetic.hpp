#pragma once

#include "firmware/fingerprint/virtual/picture.hpp"

namespace xueshi::fingerprint {

/// Prints of people who do not exist, for trials and the demonstration: the same seed, finger and impression give the
/// same picture. A finger = an orientation field of zeros and poles (B. Sherlock, D. Monro, Pattern Recognition 26(7),
/// 1993) and a field of ridge periods, filled as SFinGe does (R. Cappelli, 2009) by filtering noise again and again; an
/// impression = that finger turned, shifted, stretched, pressed and dirtied. The whole frame is full of ridges: a
/// common outline would make all fingers alike to a matcher.
class SyntheticFinger {
public:
    SyntheticFinger(std::uint64_t person_seed, int finger);
    Picture impression(int number) const;

private:
    std::uint64_t seed_;
    int width_ = 0, height_ = 0;
    std::vector<float> ridges_; ///< -1 valley .. 1 ridge
};

} // namespace xueshi::fingerprint
