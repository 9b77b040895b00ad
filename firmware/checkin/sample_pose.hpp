#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/checkin/status.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::checkin {

/// Five samples of one face look five ways, so that a punch need not be posed.
enum class SamplePose { front, left, right, up, down };
inline constexpr std::size_t kSamplePoses = 5;
std::string_view to_string(SamplePose pose);
Guidance guidance_for(SamplePose pose);

/// Which poses are still missing. Left and right are measured against the first sample, since noses differ; up, front
/// and down are the order of three samples without a turn, since nobody knows how straight the first one looked.
class PoseGuide {
public:
    /// The missing pose that this turn of the head fills, if any.
    std::optional<SamplePose> match(const face::Pose &turn) const;
    void take(SamplePose pose, const face::Pose &turn);
    void reset() { *this = {}; }
    /// In the order they were taken.
    const std::vector<SamplePose> &taken() const { return taken_; }
    std::vector<SamplePose> missing() const;

private:
    bool is_new_nod(float pitch) const;

    std::vector<SamplePose> taken_;
    std::vector<face::Pose> turns_;
};

} // namespace xueshi::checkin
