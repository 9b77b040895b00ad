#pragma once

#include "firmware/face/face.hpp"

namespace xueshi::face {

/// Bounds of a usable face; why each: models/README.md.
struct QualityLimits {
    float min_eye_distance = 20; ///< pixels: a box of about 45
    float max_roll_degrees = 35; ///< of the eye line
    float max_yaw = 0.35F;       ///< nose beside the middle of the eyes, by eye distance; 0.35: about 35 degrees
    float min_pitch = 0.25F, max_pitch = 0.85F;       ///< nose between eye line (0) and mouth line (1)
    float max_outside = 0.15F;                        ///< share of the box outside the picture
    double min_brightness = 35, max_brightness = 225; ///< mean grey of the aligned face
    double min_sharpness = 20;                        ///< variance of the Laplacian on the aligned 112 x 112 face
};

/// What the landmarks alone tell.
QualityFlaw geometry_flaw(const Detection &detection, const cv::Size &picture, const QualityLimits &limits);
/// What the aligned 112 x 112 face tells.
QualityFlaw light_flaw(const cv::Mat &aligned_bgr, const QualityLimits &limits);

} // namespace xueshi::face
