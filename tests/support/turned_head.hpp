#pragma once

#include "firmware/face/face.hpp"

namespace xueshi::test {

/// The n-th of the five poses of an enrolment, again and again: front, left, right, up, down.
inline face::Pose posed_head(int n) {
    constexpr float kYaw[] = {0, 20, -20, 0, 0};
    constexpr float kPitch[] = {2, 2, 2, -12, 15};
    return face::Pose{kYaw[n % 5], kPitch[n % 5], 0};
}

} // namespace xueshi::test
