#include "firmware/face/liveness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "firmware/face/network.hpp"

namespace xueshi::face {

namespace {

// One frame may be nearly sure, never wholly: a track's other frames keep their say.
constexpr float kMost = 8;

/// Log odds of one class against all others.
float log_odds_of(const cv::Mat &logits, int index) {
    const auto *values = logits.ptr<float>();
    const int count = static_cast<int>(logits.total());
    float highest = -std::numeric_limits<float>::infinity();
    for (int i = 0; i < count; ++i) {
        highest = i == index ? highest : std::max(highest, values[i]);
    }
    float others = 0;
    for (int i = 0; i < count; ++i) {
        others += i == index ? 0 : std::exp(values[i] - highest);
    }
    const float odds = values[index] - highest - std::log(others);
    return std::isnan(odds) ? -kMost : std::clamp(odds, -kMost, kMost);
}

class OnnxLiveness : public Liveness {
public:
    OnnxLiveness(Network network, const Model &model)
        : network_(std::move(network)), model_(model), blob_(*model.input) {}

    Expected<float> log_odds(const cv::Mat &bgr, const cv::Rect2f &box) override {
        const auto region = liveness_crop(box, model_.crop, bgr.size());
        if (region.empty()) {
            return fail(ErrorCode::invalid_argument, "the face lies outside the picture");
        }
        const auto outputs = network_.run(blob_.make(bgr(region)));
        if (!outputs) {
            return tl::unexpected(outputs.error());
        }
        const auto &logits = outputs->front();
        if (logits.type() != CV_32F || static_cast<int>(logits.total()) <= std::max(1, model_.live_class) ||
            logits.total() > 16) {
            return fail(ErrorCode::corrupt, "model " + model_.name + " gives outputs of other shapes");
        }
        return log_odds_of(logits, model_.live_class);
    }

private:
    Network network_;
    Model model_;
    BlobMaker blob_;
};

class FusedLiveness : public Liveness {
public:
    FusedLiveness(std::vector<LivenessMember> members, double bias) : members_(std::move(members)), bias_(bias) {}

    Expected<float> log_odds(const cv::Mat &bgr, const cv::Rect2f &box) override {
        double sum = bias_;
        for (const auto &member : members_) {
            const auto odds = member.liveness->log_odds(bgr, box);
            if (!odds) {
                return odds;
            }
            sum += member.weight * *odds;
        }
        return std::clamp(static_cast<float>(sum), -kMost, kMost);
    }

private:
    std::vector<LivenessMember> members_;
    double bias_;
};

} // namespace

cv::Rect liveness_crop(const cv::Rect2f &box, double factor, const cv::Size &picture) {
    if (!(box.width >= 1) || !(box.height >= 1)) {
        return {};
    }
    const auto width = static_cast<double>(picture.width);
    const auto height = static_cast<double>(picture.height);
    const double scale = std::min({factor, (width - 1) / box.width, (height - 1) / box.height});
    const double side_x = box.width * scale;
    const double side_y = box.height * scale;
    const double left = std::clamp(box.x + box.width / 2 - side_x / 2, 0.0, width - 1 - side_x);
    const double top = std::clamp(box.y + box.height / 2 - side_y / 2, 0.0, height - 1 - side_y);
    const cv::Rect crop(static_cast<int>(left), static_cast<int>(top), static_cast<int>(side_x) + 1,
                        static_cast<int>(side_y) + 1);
    return crop & cv::Rect({0, 0}, picture);
}

Expected<std::unique_ptr<Liveness>> make_onnx_liveness(const std::string &bytes, const Model &model) {
    if (!model.input) {
        return fail(ErrorCode::invalid_argument, "model " + model.name + " has no input recipe in the manifest");
    }
    auto network = Network::from_onnx(bytes, model.name);
    if (!network) {
        return tl::unexpected(network.error());
    }
    auto liveness = std::make_unique<OnnxLiveness>(std::move(*network), model);
    // The first pass shows whether the file fits its entry.
    if (auto trial = liveness->log_odds(cv::Mat::zeros(model.input->height, model.input->width, CV_8UC3), {8, 8, 8, 8});
        !trial) {
        return tl::unexpected(trial.error());
    }
    return liveness;
}

std::unique_ptr<Liveness> make_fused_liveness(std::vector<LivenessMember> members, double bias) {
    return std::make_unique<FusedLiveness>(std::move(members), bias);
}

float probability(float log_odds) {
    return 1 / (1 + std::exp(-log_odds));
}

} // namespace xueshi::face
