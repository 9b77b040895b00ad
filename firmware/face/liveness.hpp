#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "firmware/face/face.hpp"
#include "firmware/face/manifest.hpp"

namespace xueshi::face {

/// Presentation attack detection on one frame (ISO/IEC 30107). Thread-bound.
class Liveness {
public:
    virtual ~Liveness() = default;
    /// 0 spoof .. 1 live.
    virtual Expected<float> score(const cv::Mat &bgr, const cv::Rect2f &box) = 0;
};

/// A classifier in ONNX; the manifest's entry gives crop, input and the class that means live.
Expected<std::unique_ptr<Liveness>> make_onnx_liveness(const std::string &bytes, const Model &model);
/// The weighted mean of several.
std::unique_ptr<Liveness> make_fused_liveness(std::vector<std::pair<std::unique_ptr<Liveness>, double>> members);

/// The box enlarged by `factor` about its middle; less when the picture is smaller, then moved inside the picture: the
/// crop of Silent-Face-Anti-Spoofing (minivision-ai, Apache-2.0), which such networks are trained on.
cv::Rect liveness_crop(const cv::Rect2f &box, double factor, const cv::Size &picture);

} // namespace xueshi::face
