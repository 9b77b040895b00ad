#include "firmware/checkin/sample_pose.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace xueshi::checkin {

namespace {

// Degrees. From about 35 on the face counts as turned away; a nod is less than a turn, and measured less well.
constexpr float kFrontYaw = 12, kTurnYaw = 14, kNod = 9;

constexpr std::array kAll{SamplePose::front, SamplePose::left, SamplePose::right, SamplePose::up, SamplePose::down};

bool is_straight(SamplePose pose) {
    return pose != SamplePose::left && pose != SamplePose::right;
}

} // namespace

std::string_view to_string(SamplePose pose) {
    switch (pose) {
    case SamplePose::front:
        return "front";
    case SamplePose::left:
        return "left";
    case SamplePose::right:
        return "right";
    case SamplePose::up:
        return "up";
    case SamplePose::down:
        return "down";
    }
    return "front";
}

Guidance guidance_for(SamplePose pose) {
    switch (pose) {
    case SamplePose::front:
        return Guidance::face_the_camera;
    case SamplePose::left:
        return Guidance::look_left;
    case SamplePose::right:
        return Guidance::look_right;
    case SamplePose::up:
        return Guidance::look_up;
    case SamplePose::down:
        return Guidance::look_down;
    }
    return Guidance::look_here;
}

bool PoseGuide::is_new_nod(float pitch) const {
    for (std::size_t i = 0; i < taken_.size(); ++i) {
        if (is_straight(taken_[i]) && std::abs(turns_[i].pitch - pitch) < kNod) {
            return false;
        }
    }
    return true;
}

std::optional<SamplePose> PoseGuide::match(const face::Pose &turn) const {
    if (taken_.empty()) {
        return std::abs(turn.yaw) <= kFrontYaw ? std::optional(SamplePose::front) : std::nullopt;
    }
    const float yaw = turn.yaw - turns_.front().yaw;
    const bool nodded = std::abs(yaw) < kTurnYaw && is_new_nod(turn.pitch);
    const auto wanted = missing();
    const auto found = std::ranges::find_if(wanted, [&](SamplePose pose) {
        return pose == SamplePose::left ? yaw >= kTurnYaw : pose == SamplePose::right ? yaw <= -kTurnYaw : nodded;
    });
    return found == wanted.end() ? std::nullopt : std::optional(*found);
}

void PoseGuide::take(SamplePose pose, const face::Pose &turn) {
    taken_.push_back(pose);
    turns_.push_back(turn);
    std::vector<std::size_t> straight;
    for (std::size_t i = 0; i < taken_.size(); ++i) {
        if (is_straight(taken_[i])) {
            straight.push_back(i);
        }
    }
    constexpr std::array kInOrder{SamplePose::up, SamplePose::front, SamplePose::down};
    if (straight.size() == kInOrder.size()) {
        std::ranges::sort(straight, {}, [&](std::size_t i) { return turns_[i].pitch; });
        for (std::size_t i = 0; i < straight.size(); ++i) {
            taken_[straight[i]] = kInOrder[i];
        }
    }
}

std::vector<SamplePose> PoseGuide::missing() const {
    std::vector<SamplePose> wanted;
    std::ranges::copy_if(kAll, std::back_inserter(wanted),
                         [&](SamplePose pose) { return std::ranges::find(taken_, pose) == taken_.end(); });
    return wanted;
}

} // namespace xueshi::checkin
