#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <opencv2/imgproc.hpp>

#include "firmware/face/quality.hpp"

namespace xueshi::face {

namespace {

/// Medians of brightness and both colour differences over a patch, and how much the brightness varies.
struct Patch {
    std::array<float, 3> median{};
    float dark = 0, bright = 0; ///< brightness below which and above which a fifth of the pixels lie
    float spread = 0;           ///< standard deviation of the brightness

    float luma() const { return median[0]; }
    /// Spread by how bright it is: structure, whatever the light.
    float structure() const { return spread / (luma() + 1); }
};

int quantile(const std::array<int, 256> &counts, int rank) {
    int value = 0;
    for (int below = counts[0]; below <= rank && value < 255;) {
        below += counts[static_cast<std::size_t>(++value)];
    }
    return value;
}

Patch patch(const cv::Mat &ycc, const cv::Rect &where) {
    Patch result;
    std::array<std::array<int, 256>, 3> counts{};
    double sum = 0;
    double squares = 0;
    for (int row = where.y; row < where.y + where.height; ++row) {
        const auto *pixels = ycc.ptr<cv::Vec3b>(row) + where.x;
        for (int column = 0; column < where.width; ++column) {
            for (int channel = 0; channel < 3; ++channel) {
                ++counts[static_cast<std::size_t>(channel)][pixels[column][channel]];
            }
            sum += pixels[column][0];
            squares += static_cast<double>(pixels[column][0]) * pixels[column][0];
        }
    }
    const int total = where.area();
    for (std::size_t channel = 0; channel < 3; ++channel) {
        result.median[channel] = static_cast<float>(quantile(counts[channel], total / 2));
    }
    result.dark = static_cast<float>(quantile(counts[0], total / 5));
    result.bright = static_cast<float>(quantile(counts[0], total * 4 / 5));
    result.spread = static_cast<float>(std::sqrt(std::max(0.0, squares / total - sum / total * sum / total)));
    return result;
}

float colour_distance(const Patch &a, const Patch &b) {
    return std::hypot(a.median[1] - b.median[1], a.median[2] - b.median[2]);
}

// On the 112 x 112 crop of ArcFace: eyes at 38,52 and 74,52, mouth at 56,92.
const cv::Rect kEyes[2] = {{28, 45, 20, 14}, {63, 45, 20, 14}};
const cv::Rect kCheeks[2] = {{28, 66, 14, 12}, {70, 66, 14, 12}};
const cv::Rect kNoseBridge{50, 48, 12, 10}, kMouth{40, 82, 32, 22}, kLower{30, 80, 52, 26};
const cv::Rect kForehead{44, 26, 24, 12}, kBrows{30, 36, 52, 9};

// Bare faces of LFW and NUAA reach these in fewer than one of a hundred; painted covers in most (models/README.md).
constexpr float kDarkEyes = 0.7F, kFlatEyes = 0.16F;
constexpr float kOtherColour = 9, kLessRed = 6, kFlatMouth = 0.12F;
constexpr float kHatColour = 14, kFlatBrows = 0.12F;

} // namespace

QualityFlaw CropQuality::covered(const cv::Mat &aligned_bgr) {
    cv::cvtColor(aligned_bgr, ycc_, cv::COLOR_BGR2YCrCb);
    const auto left_cheek = patch(ycc_, kCheeks[0]);
    const auto right_cheek = patch(ycc_, kCheeks[1]);
    const float cheek = std::max(left_cheek.luma(), right_cheek.luma()) + 1;

    // Where the eyes are is guessed when they are covered: a row or two of skin beside the glass must not count.
    const auto is_dark = [&](const Patch &eye) {
        return eye.bright < kDarkEyes * cheek && eye.bright - eye.dark < kFlatEyes * cheek;
    };
    if (is_dark(patch(ycc_, kEyes[0])) && is_dark(patch(ycc_, kEyes[1]))) {
        return QualityFlaw::eyes_covered;
    }
    const auto bridge = patch(ycc_, kNoseBridge);
    const auto lower = patch(ycc_, kLower);
    const float least = std::min(
        {colour_distance(lower, bridge), colour_distance(left_cheek, bridge), colour_distance(right_cheek, bridge)});
    if (least > kOtherColour && lower.median[1] < bridge.median[1] - kLessRed &&
        patch(ycc_, kMouth).structure() < kFlatMouth) {
        return QualityFlaw::mouth_covered;
    }
    const auto brows = patch(ycc_, kBrows);
    const auto &skin = left_cheek.luma() > right_cheek.luma() ? left_cheek : right_cheek;
    if (colour_distance(patch(ycc_, kForehead), skin) > kHatColour && colour_distance(brows, skin) > kHatColour &&
        brows.structure() < kFlatBrows) {
        return QualityFlaw::brows_covered;
    }
    return QualityFlaw::none;
}

} // namespace xueshi::face
