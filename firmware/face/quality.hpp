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
Pose pose_of(const Detection &detection);

/// Looks at the aligned 112 x 112 face. Keeps its memory; thread-bound.
class CropQuality {
public:
    struct Result {
        QualityFlaw flaw = QualityFlaw::none;
        double brightness = 0, sharpness = 0;
    };
    /// Light, blur, then what covers the face.
    Result judge(const cv::Mat &aligned_bgr, const QualityLimits &limits);
    /// Sunglasses, a mask or scarf, a hat over the brows: patches that look unlike the skin beside them and have no
    /// structure of their own. Heuristic; measured with painted ones (models/README.md).
    QualityFlaw covered(const cv::Mat &aligned_bgr);

private:
    cv::Mat grey_, edges_, ycc_;
};

/// 0..1 for comparing frames of one track: large, sharp and frontal is best.
float sample_quality(const Detection &detection, const Pose &pose, double sharpness);

} // namespace xueshi::face
