#include "firmware/checkin/active_check.hpp"

#include <cmath>

namespace xueshi::checkin {

namespace {

// Degrees: plainly turned, and still recognised; plainly forward again.
constexpr float kTurned = 15, kForward = 8;

} // namespace

void ActiveCheck::begin(std::uint8_t chance) {
    chance_ = chance;
    done_ = 0;
    forward_ = false;
}

Guidance ActiveCheck::guidance() const {
    if (!forward_) {
        return Guidance::face_the_camera;
    }
    return left() ? Guidance::look_left : Guidance::look_right;
}

ActiveCheck::Outcome ActiveCheck::look(const face::Pose &pose) {
    if (!forward_) {
        forward_ = std::abs(pose.yaw) <= kForward;
        return Outcome::open;
    }
    if (std::abs(pose.yaw) < kTurned) {
        return Outcome::open;
    }
    // Yaw grows towards the person's left.
    if (left() != (pose.yaw > 0)) {
        return Outcome::failed;
    }
    ++done_;
    forward_ = false;
    return done_ >= kTurns ? Outcome::passed : Outcome::open;
}

} // namespace xueshi::checkin
