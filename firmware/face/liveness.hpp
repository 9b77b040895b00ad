#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "firmware/face/face.hpp"
#include "firmware/face/manifest.hpp"

namespace xueshi::face {

/// Presentation attack detection on one frame (ISO/IEC 30107). Thread-bound.
class Liveness {
public:
    virtual ~Liveness() = default;
    /// Natural logarithm of the odds that it is live, -8..8: evidence of several is added.
    virtual Expected<float> log_odds(const cv::Mat &bgr, const cv::Rect2f &box) = 0;
};

/// A classifier in ONNX; the manifest's entry gives crop, input and the class that means live.
Expected<std::unique_ptr<Liveness>> make_onnx_liveness(const std::string &bytes, const Model &model);
/// Colour and fine structure of the face, weighed by the manifest's entry.
Expected<std::unique_ptr<Liveness>> make_cue_liveness(const Model &model);

struct LivenessMember {
    std::unique_ptr<Liveness> liveness;
    double weight = 1;
};
/// bias + the weighted sum of the members' log odds.
std::unique_ptr<Liveness> make_fused_liveness(std::vector<LivenessMember> members, double bias);

/// Log odds to 0 spoof .. 1 live.
float probability(float log_odds);

/// The box enlarged by `factor` about its middle; less when the picture is smaller, then moved inside the picture: the
/// crop of Silent-Face-Anti-Spoofing (minivision-ai, Apache-2.0), which such networks are trained on.
cv::Rect liveness_crop(const cv::Rect2f &box, double factor, const cv::Size &picture);

/// What paper, ink and a second lens change: energy of the grey picture in four bands of detail and below them,
/// contrast, saturation, mean and spread of both colour differences (Cr, Cb), their fine and middle detail, brightness,
/// and how much is burnt out or lost in the dark. Measured on the face's box at 128 x 128. Thread-bound.
class LivenessCues {
public:
    static constexpr std::size_t kCount = 21;
    using Values = std::array<float, kCount>;
    /// Error: invalid_argument when the box lies outside.
    Expected<Values> measure(const cv::Mat &bgr, const cv::Rect2f &box);

private:
    void measure_detail(Values &values);
    void measure_colour(Values &values);
    void measure_light(Values &values);

    cv::Mat face_, grey_, hsv_, ycc_, channels_[3], float_channel_, levels_[5], band_, blur_[2];
};

} // namespace xueshi::face
