#pragma once

#include "firmware/recorder/content.hpp"

/// What a picture's light says of the lens, without the bars beside an upright picture.
namespace xueshi::recorder {

inline constexpr int kBarBrightest = 2; ///< grey levels of such bars; of living black there are more

/// In grey levels.
struct Light {
    double mean = 0, spread = 0; ///< of single pixels; their standard deviation
    double brightest = 0;        ///< but for 2 %
    /// Standard deviation of the means of 32 x 18 blocks, in which noise vanishes, about the surface of the second
    /// degree that fits them best: what a hand or a cap before the lens shows is an even shade.
    double structure = 0;
};

/// `picture` is the thumbnail of `bgr` (8-bit BGR, at least as large).
Light light_of(const Thumbnail &picture, const cv::Mat &bgr);

} // namespace xueshi::recorder
