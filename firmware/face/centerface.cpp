#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <opencv2/imgproc.hpp>

#include "firmware/face/detect.hpp"
#include "firmware/face/network.hpp"
#include "firmware/face/pieces.hpp"

namespace xueshi::face {

namespace {

constexpr int kStride = 4;
constexpr float kMinConfidence = 0.5F;
constexpr float kMaxOverlap = 0.3F;
// A hand-made picture can light up the whole map.
constexpr std::size_t kMaxCandidates = 512;

/// Heat, size, offset, landmarks of the exported graph.
const std::vector<std::string> kOutputs{"537", "538", "539", "540"};

// A network of another input size would be slower by up to seven times in OpenCV 4.6 (640 x 480: 195 ms, 640 x 384:
// 26), and each takes memory of its own: 320 x 192 21 MiB, 480 x 288 38 more.
const cv::Size kInput(320, 192);

/// Never enlarged.
float scale_into(const cv::Size &place, const cv::Size &picture) {
    return std::min({1.0F, static_cast<float>(place.width) / static_cast<float>(picture.width),
                     static_cast<float>(place.height) / static_cast<float>(picture.height)});
}

/// CenterFace over a picture that is shrunk to its input.
class InputSearch {
public:
    static Expected<InputSearch> create(const std::string &bytes) {
        auto network = Network::from_onnx(bytes, "centerface", kOutputs);
        if (!network) {
            return tl::unexpected(network.error());
        }
        InputSearch search(std::move(*network));
        // The first pass shows whether the file has the outputs we read.
        std::vector<Detection> nothing;
        if (auto trial = search.detect(cv::Mat::zeros(kInput, CV_8UC3), nothing); !trial) {
            return tl::unexpected(trial.error());
        }
        return search;
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
    explicit InputSearch(Network network)
        : network_(std::move(network)), blob_(recipe()), canvas_(cv::Mat::zeros(kInput, CV_8UC3)) {}

    static InputRecipe recipe() {
        InputRecipe recipe;
        recipe.width = kInput.width;
        recipe.height = kInput.height;
        recipe.rgb = true;
        return recipe;
    }

    /// The picture shrunk into the network's input, top left, black beside it; never enlarged. Gives the scale.
    float letterbox(const cv::Mat &bgr) {
        const float scale = scale_into(kInput, bgr.size());
        const int width = std::clamp(cvRound(static_cast<float>(bgr.cols) * scale), 1, kInput.width);
        const int height = std::clamp(cvRound(static_cast<float>(bgr.rows) * scale), 1, kInput.height);
        if (width < kInput.width || height < kInput.height) {
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
            if (map.dims != 4 || map.size[1] != kChannels[i] || map.size[2] != kInput.height / kStride ||
                map.size[3] != kInput.width / kStride) {
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
    BlobMaker blob_;
    cv::Mat canvas_;
};

// The smallest face that can be used, eyes 20 pixels apart in a frame of 960, has 25 pixels here: found (kSure).
constexpr float kFineSide = 480;
// Pixels of a box's side in the network's input from which a face is always found: 241 of 242, at 20 pixels 208.
constexpr float kSure = 24;
// Beside a face this large none of like size (seven tenths of its area) is missed.
constexpr float kNear = 1.2F * kSure;
// A face that is smaller than that in the input is so in the finer picture, which is half as large again.
constexpr int kShared = 48;

/// A square about the face, as much as lies in the picture.
cv::Rect surroundings(const cv::Rect2f &box, const cv::Size &picture) {
    const float side = 2 * std::max(box.width, box.height);
    const cv::Rect2f square(box.x + box.width / 2 - side / 2, box.y + box.height / 2 - side / 2, side, side);
    return cv::Rect(square & cv::Rect2f({0, 0}, cv::Size2f(picture)));
}

/// Pictures are searched coarsely, and finely only when nobody stands near: piece by piece, by the same network. The
/// landmarks are then measured on an enlarged crop: on 320 x 192 alone they are too coarse to align by
/// (models/README.md).
class CenterFace : public Detector {
public:
    explicit CenterFace(InputSearch search) : search_(std::move(search)) {}

    Expected<void> detect(const cv::Mat &bgr, std::vector<Detection> &into, Reach reach) override {
        auto done = search_.detect(bgr, into);
        const bool coarse_does = std::max(bgr.cols, bgr.rows) <= 2 * kInput.width;
        if (!done || reach == Reach::near || coarse_does || has_near(into, bgr.size())) {
            return done;
        }
        done = detect_finely(bgr);
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
            static_cast<float>(kInput.height) / static_cast<float>(std::max(region.width, region.height));
        if (cvRound(scale * static_cast<float>(std::min(region.width, region.height))) < 1) {
            return std::nullopt; // a sliver at the edge of a large picture: the face lies outside
        }
        cv::resize(bgr(region), closer_, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
        if (auto done = search_.detect(closer_, found_); !done) {
            return tl::unexpected(done.error());
        }
        return best_of(found_, before, scale, cv::Point2f(region.tl()));
    }

private:
    Expected<void> detect_finely(const cv::Mat &bgr) {
        finer_.clear();
        const float scale = kFineSide / static_cast<float>(std::max(bgr.cols, bgr.rows));
        cv::resize(bgr, shrunk_, {}, scale, scale, cv::INTER_AREA);
        const Pieces pieces(shrunk_.size(), kInput, kShared);
        for (int i = 0; i < pieces.count(); ++i) {
            if (auto done = search_.detect(shrunk_(pieces.at(i)), found_); !done) {
                return done;
            }
            pieces.add(found_, i, scale, finer_);
        }
        return {};
    }

    static bool has_near(const std::vector<Detection> &found, const cv::Size &picture) {
        const float scale = scale_into(kInput, picture);
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

    InputSearch search_;
    cv::Mat closer_, shrunk_;
    std::vector<Detection> found_, finer_;
};

} // namespace

Expected<std::unique_ptr<Detector>> make_centerface(const std::string &bytes) {
    auto search = InputSearch::create(bytes);
    if (!search) {
        return tl::unexpected(search.error());
    }
    return std::make_unique<CenterFace>(std::move(*search));
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
