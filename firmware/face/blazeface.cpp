// BlazeFace, the front camera's (Bazarevsky et al., arXiv:1907.05047): 128 x 128, so it finds whoever stands near.
#include "firmware/face/blazeface.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "firmware/face/network.hpp"

namespace xueshi::face {

namespace {

constexpr int kSide = 128;
constexpr float kMinConfidence = 0.5F;
constexpr float kMaxOverlap = 0.3F;
constexpr double kSurroundings = 2; // of the box
constexpr int kNumbers = 16;        // an anchor's: middle, size, then six points: eyes, nose, mouth, ears

/// Scores, then boxes, of both layers.
const std::vector<std::string> kOutputs{"Identity:0", "Identity_1:0", "Identity_2:0", "Identity_3:0"};

struct Layer {
    int cells, anchors_a_cell;
    int anchors() const { return cells * cells * anchors_a_cell; }
};
constexpr std::array kLayers{Layer{16, 2}, Layer{8, 6}};

/// The network gives the mouth's middle. Its corners are taken to lie where they do in the crop that embedders see
/// (align.hpp): 0.414 of the distance between the eyes to either side, along the line of the eyes.
constexpr float kMouthCorner = 0.414F;

Detection decode(const float *numbers, cv::Point2f anchor, float score, float scale) {
    const auto point = [&](int place) { return (cv::Point2f(numbers[place], numbers[place + 1]) + anchor) / scale; };
    const cv::Point2f middle = point(0), size = cv::Point2f(numbers[2], numbers[3]) / scale;
    const cv::Point2f left_eye = point(4), right_eye = point(6), nose = point(8), mouth = point(10);
    const cv::Point2f aside = kMouthCorner * (right_eye - left_eye);
    Detection detection;
    detection.box = {middle.x - size.x / 2, middle.y - size.y / 2, size.x, size.y};
    detection.landmarks = {left_eye, right_eye, nose, mouth - aside, mouth + aside};
    detection.confidence = 1 / (1 + std::exp(-score));
    return detection;
}

bool has_shapes(std::span<const cv::Mat> outputs) {
    if (outputs.size() != 2 * kLayers.size()) {
        return false;
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const cv::Mat &output = outputs[i];
        if (output.dims != 3 || output.size[1] != kLayers[i % kLayers.size()].anchors() ||
            output.size[2] != (i < kLayers.size() ? 1 : kNumbers)) {
            return false;
        }
    }
    return true;
}

class BlazeFace : public Detector {
public:
    explicit BlazeFace(Network network)
        : network_(std::move(network)), blob_(recipe()), canvas_(cv::Mat::zeros(kSide, kSide, CV_8UC3)) {}

    Expected<void> detect(const cv::Mat &bgr, std::vector<Detection> &into, Reach) override {
        into.clear();
        const float scale = letterbox(bgr);
        const auto outputs = network_.run(blob_.make(canvas_));
        return outputs ? decode_blazeface(*outputs, scale, into) : tl::unexpected(outputs.error());
    }

    /// Looked at again from near: on 59 photographs the points then lay 7 % of the eyes' distance from CenterFace's,
    /// not 9.
    Expected<Detection> refine(const cv::Mat &bgr, const Detection &detection) override {
        const auto &box = detection.box;
        const auto side = static_cast<float>(kSurroundings) * std::max(box.width, box.height);
        const cv::Rect2f around(box.x + (box.width - side) / 2, box.y + (box.height - side) / 2, side, side);
        const cv::Rect region = cv::Rect(around) & cv::Rect({0, 0}, bgr.size());
        if (region.empty()) {
            return detection;
        }
        if (auto looked = detect(bgr(region), closer_, Reach::near); !looked) {
            return tl::unexpected(looked.error());
        }
        const cv::Point2f corner(static_cast<float>(region.x), static_cast<float>(region.y));
        for (Detection &found : closer_) { // at most the few that do not overlap
            found.box += corner;
            for (cv::Point2f &point : found.landmarks) {
                point += corner;
            }
        }
        const auto same = std::ranges::max_element(
            closer_, {}, [&](const Detection &found) { return overlap(found.box, detection.box); });
        return same != closer_.end() && overlap(same->box, detection.box) > kMaxOverlap ? *same : detection;
    }

private:
    static InputRecipe recipe() {
        InputRecipe recipe;
        recipe.width = recipe.height = kSide;
        recipe.rgb = recipe.channels_last = true;
        recipe.mean = {127.5, 127.5, 127.5};
        recipe.scale = {1 / 127.5, 1 / 127.5, 1 / 127.5};
        return recipe;
    }

    /// The whole picture top left, black beside it. Gives the scale.
    float letterbox(const cv::Mat &bgr) {
        const float scale = static_cast<float>(kSide) / static_cast<float>(std::max(bgr.cols, bgr.rows));
        const auto side = [&](int pixels) { return std::clamp(cvRound(static_cast<float>(pixels) * scale), 1, kSide); };
        canvas_.setTo(cv::Scalar::all(0));
        cv::Mat place = canvas_({0, 0, side(bgr.cols), side(bgr.rows)});
        cv::resize(bgr, place, place.size(), 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
        return scale;
    }

    Network network_;
    BlobMaker blob_;
    cv::Mat canvas_;
    std::vector<Detection> closer_;
};

} // namespace

Expected<void> decode_blazeface(std::span<const cv::Mat> outputs, float scale, std::vector<Detection> &into) {
    into.clear();
    if (!has_shapes(outputs)) {
        return fail(ErrorCode::corrupt, "model blazeface gives outputs of other shapes");
    }
    for (std::size_t i = 0; i < kLayers.size(); ++i) {
        const Layer layer = kLayers[i];
        const auto *scores = outputs[i].ptr<float>();
        const auto *numbers = outputs[i + kLayers.size()].ptr<float>();
        const float cell = static_cast<float>(kSide) / static_cast<float>(layer.cells);
        for (int anchor = 0; anchor < layer.anchors(); ++anchor, numbers += kNumbers) {
            if (scores[anchor] < std::log(kMinConfidence / (1 - kMinConfidence))) {
                continue;
            }
            const int place = anchor / layer.anchors_a_cell;
            const cv::Point2f centre(static_cast<float>(place % layer.cells) + 0.5F,
                                     static_cast<float>(place / layer.cells) + 0.5F);
            into.push_back(decode(numbers, cell * centre, scores[anchor], scale));
        }
    }
    suppress_overlaps(into, kMaxOverlap);
    return {};
}

Expected<std::unique_ptr<Detector>> make_blazeface(const std::string &bytes) {
    auto network = Network::from_onnx(bytes, "blazeface", kOutputs);
    if (!network) {
        return tl::unexpected(network.error());
    }
    auto detector = std::make_unique<BlazeFace>(std::move(*network));
    // The first pass shows whether the file has the outputs we read.
    std::vector<Detection> nothing;
    if (auto trial = detector->detect(cv::Mat::zeros(kSide, kSide, CV_8UC3), nothing, Reach{}); !trial) {
        return tl::unexpected(trial.error());
    }
    return detector;
}

} // namespace xueshi::face
