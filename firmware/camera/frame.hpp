#pragma once

#include <cstdint>

#include <opencv2/core/mat.hpp>

#include "firmware/core/base/clock.hpp"

namespace xueshi::camera {

/// One picture for analysis: 8-bit BGR, rows x columns x 3.
struct Frame {
    cv::Mat bgr;
    Instant captured;
    std::uint64_t number = 0; ///< counts up from 1 for each camera start
};

} // namespace xueshi::camera
