#include "firmware/face/liveness.hpp"

#include <algorithm>
#include <cmath>

#include "firmware/face/network.hpp"

namespace xueshi::face {

namespace {

float softmax_at(const cv::Mat &logits, int index) {
    const auto *values = logits.ptr<float>();
    const auto count = logits.total();
    const float highest = *std::max_element(values, values + count);
    float sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        sum += std::exp(values[i] - highest);
    }
    return std::exp(values[index] - highest) / sum;
}

class OnnxLiveness : public Liveness {
public:
    OnnxLiveness(Network network, const Model &model) : network_(std::move(network)), model_(model) {}

    Expected<float> score(const cv::Mat &bgr, const cv::Rect2f &box) override {
        const auto region = liveness_crop(box, model_.crop, bgr.size());
        if (region.empty()) {
            return fail(ErrorCode::invalid_argument, "the face lies outside the picture");
        }
        const auto outputs = network_.run(make_blob(bgr(region), *model_.input));
        if (!outputs) {
            return tl::unexpected(outputs.error());
        }
        const auto &logits = outputs->front();
        if (logits.type() != CV_32F || static_cast<int>(logits.total()) <= model_.live_class || logits.total() > 16) {
            return fail(ErrorCode::corrupt, "model " + model_.name + " gives outputs of other shapes");
        }
        return softmax_at(logits, model_.live_class);
    }

private:
    Network network_;
    Model model_;
};

class FusedLiveness : public Liveness {
public:
    using Members = std::vector<std::pair<std::unique_ptr<Liveness>, double>>;
    explicit FusedLiveness(Members members) : members_(std::move(members)) {}

    Expected<float> score(const cv::Mat &bgr, const cv::Rect2f &box) override {
        double sum = 0;
        double weights = 0;
        for (const auto &[member, weight] : members_) {
            const auto score = member->score(bgr, box);
            if (!score) {
                return score;
            }
            sum += weight * *score;
            weights += weight;
        }
        return static_cast<float>(sum / weights);
    }

private:
    Members members_;
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
    if (auto trial = liveness->score(cv::Mat::zeros(model.input->height, model.input->width, CV_8UC3), {8, 8, 8, 8});
        !trial) {
        return tl::unexpected(trial.error());
    }
    return liveness;
}

std::unique_ptr<Liveness> make_fused_liveness(std::vector<std::pair<std::unique_ptr<Liveness>, double>> members) {
    return std::make_unique<FusedLiveness>(std::move(members));
}

} // namespace xueshi::face
