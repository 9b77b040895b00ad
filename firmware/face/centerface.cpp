#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <opencv2/imgproc.hpp>

#include "firmware/face/detect.hpp"
#include "firmware/face/network.hpp"

namespace xueshi::face {

namespace {

constexpr int kStride = 4;
constexpr float kMinConfidence = 0.5F;
constexpr float kMaxOverlap = 0.3F;
// A hand-made picture can light up the whole map.
constexpr std::size_t kMaxCandidates = 512;

/// Heat, size, offset, landmarks of the exported graph.
const std::vector<std::string> kOutputs{"537", "538", "539", "540"};

/// CenterFace at one input size.
class Scale {
public:
    static Expected<Scale> create(const std::string &bytes, const cv::Size &size) {
        auto network = Network::from_onnx(bytes, "centerface", kOutputs);
        if (!network) {
            return tl::unexpected(network.error());
        }
        Scale scale(std::move(*network), size);
        // The first pass shows whether the file has the outputs we read.
        std::vector<Detection> nothing;
        if (auto trial = scale.detect(cv::Mat::zeros(size, CV_8UC3), nothing); !trial) {
            return tl::unexpected(trial.error());
        }
        return scale;
    }

    Expected<void> detect(const cv::Mat &bgr, std::vector<Detection> &into) {
        const float scale = letterbox(bgr);
        const auto maps = network_.run(blob_.make(canvas_));
        if (!maps) {
            return tl::unexpected(maps.error());
        }
        if (!has_shapes(*maps)) {
            return fail(ErrorCode::corrupt, "model centerface gives outputs of other shapes");
        }
        decode(*maps, scale, into);
        suppress_overlaps(into, kMaxOverlap);
        return {};
    }

private:
    Scale(Network network, const cv::Size &size)
        : network_(std::move(network)), size_(size), blob_(recipe(size)), canvas_(cv::Mat::zeros(size, CV_8UC3)) {}

    static InputRecipe recipe(const cv::Size &size) {
        InputRecipe recipe;
        recipe.width = size.width;
        recipe.height = size.height;
        recipe.rgb = true;
        return recipe;
    }

    /// The picture shrunk into the network's fixed size, top left, black beside it; never enlarged. Gives the scale.
    float letterbox(const cv::Mat &bgr) {
        const float scale = std::min({1.0F, static_cast<float>(size_.width) / static_cast<float>(bgr.cols),
                                      static_cast<float>(size_.height) / static_cast<float>(bgr.rows)});
        const int width = std::clamp(cvRound(static_cast<float>(bgr.cols) * scale), 1, size_.width);
        const int height = std::clamp(cvRound(static_cast<float>(bgr.rows) * scale), 1, size_.height);
        if (width < size_.width || height < size_.height) {
            canvas_.setTo(cv::Scalar::all(0));
        }
        cv::Mat place = canvas_({0, 0, width, height});
        if (width == bgr.cols && height == bgr.rows) {
            bgr.copyTo(place);
        } else {
            cv::resize(bgr, place, place.size(), 0, 0, cv::INTER_AREA);
        }
        return scale;
    }

    bool has_shapes(std::span<const cv::Mat> maps) const {
        constexpr std::array kChannels{1, 2, 2, 10};
        if (maps.size() != kChannels.size()) {
            return false;
        }
        for (std::size_t i = 0; i < kChannels.size(); ++i) {
            const auto &map = maps[i];
            if (map.dims != 4 || map.size[1] != kChannels[i] || map.size[2] != size_.height / kStride ||
                map.size[3] != size_.width / kStride) {
                return false;
            }
        }
        return true;
    }

    static void decode(std::span<const cv::Mat> maps, float scale, std::vector<Detection> &found) {
        found.clear();
        const int rows = maps[0].size[2];
        const int columns = maps[0].size[3];
        for (int row = 0; row < rows; ++row) {
            const float *heat = maps[0].ptr<float>(0, 0, row);
            for (int column = 0; column < columns && found.size() < kMaxCandidates; ++column) {
                if (heat[column] >= kMinConfidence) {
                    found.push_back(decode_cell(maps, row, column, scale));
                }
            }
        }
    }

    static Detection decode_cell(std::span<const cv::Mat> maps, int row, int column, float scale) {
        const auto at = [&](std::size_t map, int channel) { return maps[map].ptr<float>(0, channel, row)[column]; };
        // exp of at most 8: a box of 12,000 pixels; more is no face but a broken number.
        const float height = std::exp(std::clamp(at(1, 0), -8.0F, 8.0F)) * kStride;
        const float width = std::exp(std::clamp(at(1, 1), -8.0F, 8.0F)) * kStride;
        const float left = (static_cast<float>(column) + at(2, 1) + 0.5F) * kStride - width / 2;
        const float top = (static_cast<float>(row) + at(2, 0) + 0.5F) * kStride - height / 2;
        Detection detection;
        detection.confidence = std::min(1.0F, at(0, 0));
        detection.box = {left / scale, top / scale, width / scale, height / scale};
        for (int i = 0; i < 5; ++i) {
            detection.landmarks[static_cast<std::size_t>(i)] = {(left + at(3, 2 * i + 1) * width) / scale,
                                                                (top + at(3, 2 * i) * height) / scale};
        }
        return detection;
    }

    Network network_;
    cv::Size size_;
    BlobMaker blob_;
    cv::Mat canvas_;
};

// The smallest face that can be used, eyes 20 pixels apart in a frame of 960, has 25 pixels here: found (kSure).
const cv::Size kFine(480, 288);
const cv::Size kCoarse(320, 192);
// Pixels of a box's side in the network's input from which a face is always found: 241 of 242, at 20 pixels 208.
constexpr float kSure = 24;
// Beside a face this large none of like size (seven tenths of its area) is missed.
constexpr float kNear = 1.2F * kSure;

/// A square about the face, as much as lies in the picture.
cv::Rect surroundings(const cv::Rect2f &box, const cv::Size &picture) {
    const float side = 2 * std::max(box.width, box.height);
    const cv::Rect2f square(box.x + box.width / 2 - side / 2, box.y + box.height / 2 - side / 2, side, side);
    return cv::Rect(square & cv::Rect2f({0, 0}, cv::Size2f(picture)));
}

/// Pictures are searched coarsely, and finely only when nobody stands near; the landmarks are then measured on an
/// enlarged crop: on 320 x 192 alone they are too coarse to align by (models/README.md).
class CenterFace : public Detector {
public:
    CenterFace(Scale fine, Scale coarse) : fine_(std::move(fine)), coarse_(std::move(coarse)) {}

    Expected<void> detect(const cv::Mat &bgr, std::vector<Detection> &into, Reach reach) override {
        auto done = coarse_.detect(bgr, into);
        const bool coarse_does = std::max(bgr.cols, bgr.rows) <= 2 * kCoarse.width;
        if (!done || reach == Reach::near || coarse_does || has_near(into, bgr.size())) {
            return done;
        }
        done = fine_.detect(bgr, finer_);
        if (!finer_.empty()) {
            into.swap(finer_);
        }
        return done;
    }

    /// The box stays as it was found: liveness was measured on it.
    Expected<Detection> refine(const cv::Mat &bgr, const Detection &detection) override {
        const auto closer = follow(bgr, detection);
        if (!closer) {
            return tl::unexpected(closer.error());
        }
        Detection refined = detection;
        if (*closer) {
            refined.landmarks = (*closer)->landmarks;
        }
        return refined;
    }

    Expected<std::optional<Detection>> follow(const cv::Mat &bgr, const Detection &before) override {
        const auto region = surroundings(before.box, bgr.size());
        if (region.width < 2 || region.height < 2) {
            return std::nullopt;
        }
        const float scale =
            static_cast<float>(kCoarse.height) / static_cast<float>(std::max(region.width, region.height));
        if (cvRound(scale * static_cast<float>(std::min(region.width, region.height))) < 1) {
            return std::nullopt; // a sliver at the edge of a large picture: the face lies outside
        }
        cv::resize(bgr(region), closer_, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
        if (auto done = coarse_.detect(closer_, found_); !done) {
            return tl::unexpected(done.error());
        }
        return best_of(found_, before, scale, cv::Point2f(region.tl()));
    }

private:
    static bool has_near(const std::vector<Detection> &found, const cv::Size &picture) {
        const float scale = std::min(static_cast<float>(kCoarse.width) / static_cast<float>(picture.width),
                                     static_cast<float>(kCoarse.height) / static_cast<float>(picture.height));
        return std::any_of(found.begin(), found.end(), [&](const Detection &detection) {
            return std::sqrt(detection.box.area()) * scale >= kNear;
        });
    }

    /// The one that is the same face, in pixels of the picture.
    static std::optional<Detection> best_of(const std::vector<Detection> &found, const Detection &before, float scale,
                                            const cv::Point2f &origin) {
        std::optional<Detection> best;
        float most = 0.4F;
        for (auto candidate : found) {
            candidate.box = {origin + candidate.box.tl() * (1 / scale), candidate.box.size() * (1 / scale)};
            const float shared = overlap(candidate.box, before.box);
            if (shared > most) {
                most = shared;
                for (auto &landmark : candidate.landmarks) {
                    landmark = origin + landmark * (1 / scale);
                }
                candidate.close = true;
                best = candidate;
            }
        }
        return best;
    }

    Scale fine_;
    Scale coarse_;
    cv::Mat closer_;
    std::vector<Detection> found_, finer_;
};

} // namespace

Expected<std::unique_ptr<Detector>> make_centerface(const std::string &bytes) {
    // Other sizes are slower by up to seven times in OpenCV 4.6 (640 x 480: 195 ms, 640 x 384: 26 ms). Each size keeps
    // memory of its own: 640 x 384 took 66 MiB, 480 x 288 takes 38, 320 x 192 21.
    auto fine = Scale::create(bytes, kFine);
    if (!fine) {
        return tl::unexpected(fine.error());
    }
    auto coarse = Scale::create(bytes, kCoarse);
    if (!coarse) {
        return tl::unexpected(coarse.error());
    }
    return std::make_unique<CenterFace>(std::move(*fine), std::move(*coarse));
}

Expected<Detection> Detector::refine(const cv::Mat &, const Detection &detection) {
    return detection;
}

Expected<std::optional<Detection>> Detector::follow(const cv::Mat &, const Detection &) {
    return std::nullopt;
}

float overlap(const cv::Rect2f &a, const cv::Rect2f &b) {
    const float common = (a & b).area();
    const float all = a.area() + b.area() - common;
    return all > 0 ? common / all : 0;
}

void suppress_overlaps(std::vector<Detection> &detections, float max_overlap) {
    std::sort(detections.begin(), detections.end(),
              [](const Detection &a, const Detection &b) { return a.confidence > b.confidence; });
    auto kept = detections.begin();
    for (auto candidate = detections.begin(); candidate != detections.end(); ++candidate) {
        const bool covered = std::any_of(detections.begin(), kept, [&](const Detection &better) {
            return overlap(better.box, candidate->box) > max_overlap;
        });
        if (!covered) {
            *kept++ = *candidate;
        }
    }
    detections.erase(kept, detections.end());
}

} // namespace xueshi::face
