#pragma once

#include <cstdint>

namespace xueshi::camera::replay {

/// How a person before the camera differs from their photograph at one moment.
struct Pose {
    double dx = 0, dy = 0;       ///< pixels of a canvas 1280 wide
    double scale = 1;            ///< 0.94 to 1.06
    double rotation_degrees = 0; ///< -4 to 4
    double gain = 1;             ///< of brightness, 0.92 to 1.08
};

/// Smooth, never the same from frame to frame, and always the same for a seed and a moment.
Pose pose_at(std::uint32_t seed, std::int64_t wall_ms);

} // namespace xueshi::camera::replay
