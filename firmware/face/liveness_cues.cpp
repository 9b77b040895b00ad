#include <array>
#include <cmath>
#include <cstdint>

#include <opencv2/imgproc.hpp>

#include "firmware/face/liveness.hpp"

namespace xueshi::face {

namespace {

constexpr int kSide = 128;
// Places in Values.
constexpr std::size_t kDetail = 0, kContrast = 5, kSaturation = 6, kColour = 8, kColourDetail = 12, kLight = 16;

struct Moments {
    double mean, variance;
};

Moments moments(const cv::Mat &picture) {
    cv::Scalar mean;
    cv::Scalar deviation;
    cv::meanStdDev(picture, mean, deviation);
    return {mean[0], deviation[0] * deviation[0]};
}

float log_energy(double variance) {
    return static_cast<float>(std::log(variance + 1e-3)); // a flat picture has no logarithm
}

/// The value below which `share` of the pixels lie.
int percentile(const std::array<int, 256> &counts, double share, int total) {
    int below = 0;
    for (int value = 0; value < 256; ++value) {
        below += counts[static_cast<std::size_t>(value)];
        if (below > share * total) {
            return value;
        }
    }
    return 255;
}

} // namespace

Expected<LivenessCues::Values> LivenessCues::measure(const cv::Mat &bgr, const cv::Rect2f &box) {
    const cv::Rect region = cv::Rect(box) & cv::Rect({0, 0}, bgr.size());
    if (region.width < 2 || region.height < 2) {
        return fail(ErrorCode::invalid_argument, "the face lies outside the picture");
    }
    // By area where it shrinks much: else the size of the face would show as detail.
    const bool much_smaller = region.width > 2 * kSide;
    cv::resize(bgr(region), face_, {kSide, kSide}, 0, 0, much_smaller ? cv::INTER_AREA : cv::INTER_LINEAR);
    cv::cvtColor(face_, grey_, cv::COLOR_BGR2GRAY);
    Values values{};
    measure_detail(values);
    measure_colour(values);
    measure_light(values);
    return values;
}

void LivenessCues::measure_detail(Values &values) {
    grey_.convertTo(levels_[0], CV_32F);
    for (std::size_t i = 1; i < std::size(levels_); ++i) {
        cv::GaussianBlur(levels_[0], levels_[i], {}, std::ldexp(1.0, static_cast<int>(i) - 1));
        cv::subtract(levels_[i - 1], levels_[i], band_);
        values[kDetail + i - 1] = log_energy(moments(band_).variance);
    }
    values[kDetail + 4] = static_cast<float>(std::log(moments(levels_[4]).variance + 1));
    const auto all = moments(levels_[0]);
    values[kContrast] = static_cast<float>(std::log(std::sqrt(all.variance) / (all.mean + 1) + 1e-3));
}

void LivenessCues::measure_colour(Values &values) {
    cv::cvtColor(face_, hsv_, cv::COLOR_BGR2HSV);
    cv::extractChannel(hsv_, channels_[0], 1);
    const auto saturation = moments(channels_[0]);
    values[kSaturation] = static_cast<float>(saturation.mean / 255);
    values[kSaturation + 1] = static_cast<float>(std::sqrt(saturation.variance) / 255);
    cv::cvtColor(face_, ycc_, cv::COLOR_BGR2YCrCb);
    for (std::size_t i = 0; i < 2; ++i) {
        cv::extractChannel(ycc_, channels_[1], static_cast<int>(i) + 1);
        channels_[1].convertTo(float_channel_, CV_32F);
        const auto colour = moments(float_channel_);
        values[kColour + 2 * i] = static_cast<float>(colour.mean / 255);
        values[kColour + 2 * i + 1] = static_cast<float>(std::sqrt(colour.variance) / 255);
        cv::GaussianBlur(float_channel_, blur_[0], {}, 1);
        cv::GaussianBlur(float_channel_, blur_[1], {}, 4);
        cv::subtract(float_channel_, blur_[0], band_);
        values[kColourDetail + 2 * i] = log_energy(moments(band_).variance);
        cv::subtract(blur_[0], blur_[1], band_);
        values[kColourDetail + 2 * i + 1] = log_energy(moments(band_).variance);
    }
}

void LivenessCues::measure_light(Values &values) {
    std::array<int, 256> counts{};
    for (int row = 0; row < grey_.rows; ++row) {
        const auto *pixels = grey_.ptr<std::uint8_t>(row);
        for (int column = 0; column < grey_.cols; ++column) {
            ++counts[pixels[column]];
        }
    }
    int burnt = 0;
    int lost = 0;
    double sum = 0;
    for (int value = 0; value < 256; ++value) {
        const int count = counts[static_cast<std::size_t>(value)];
        sum += static_cast<double>(value) * count;
        burnt += value > 250 ? count : 0;
        lost += value < 20 ? count : 0;
    }
    constexpr int kTotal = kSide * kSide;
    values[kLight] = static_cast<float>(sum / kTotal / 255);
    values[kLight + 1] = static_cast<float>(burnt) / kTotal;
    values[kLight + 2] = static_cast<float>(lost) / kTotal;
    values[kLight + 3] = static_cast<float>(percentile(counts, 0.01, kTotal)) / 255;
    values[kLight + 4] = static_cast<float>(percentile(counts, 0.99, kTotal)) / 255;
}

namespace {

class CueLiveness : public Liveness {
public:
    explicit CueLiveness(const Model &model) : weights_(model.cues) {}

    Expected<float> log_odds(const cv::Mat &bgr, const cv::Rect2f &box) override {
        const auto values = cues_.measure(bgr, box);
        if (!values) {
            return tl::unexpected(values.error());
        }
        double sum = 0;
        for (std::size_t i = 0; i < values->size(); ++i) {
            const auto &cue = weights_[i];
            // A camera far from those measured moves a cue far: it may say much, not everything.
            sum += cue.weight * std::clamp(((*values)[i] - cue.mean) / cue.spread, -4.0, 4.0);
        }
        return static_cast<float>(std::clamp(sum, -8.0, 8.0));
    }

private:
    std::vector<CueWeight> weights_;
    LivenessCues cues_;
};

} // namespace

Expected<std::unique_ptr<Liveness>> make_cue_liveness(const Model &model) {
    if (model.cues.size() != LivenessCues::kCount) {
        return fail(ErrorCode::invalid_argument, "model " + model.name + " has weights for another number of cues");
    }
    return std::make_unique<CueLiveness>(model);
}

} // namespace xueshi::face
