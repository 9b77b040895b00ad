#include "firmware/face/wide_search.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "firmware/face/pieces.hpp"

namespace xueshi::face {

namespace {

const cv::Size kPiece(320, 192); // what CenterFace sees at once without shrinking it; others take any size
constexpr int kLeastSide = 16;   // of a picture that a pipeline takes
// A box's side from which a face is found (models/README.md), and up to which it lies whole in one of the pieces.
constexpr int kLeast = 24, kWhole = 64;

} // namespace

/// The picture shrunk by `scale`, searched up to piece `next`.
struct WideSearch::Level {
    float scale;
    Pieces pieces;
    camera::Frame frame; ///< empty until it is begun
    int next = 0;
};

WideSearch::WideSearch(camera::Frame frame) : frame_(std::move(frame)) {
    // The smallest face of a level is the largest that is sure to be whole in the one below.
    constexpr float kStep = static_cast<float>(kLeast) / kWhole;
    auto size = frame_.bgr.size();
    for (float scale = 1; levels_.empty() || std::min(size.width, size.height) >= kLeastSide;) {
        levels_.push_back({scale, Pieces(size, kPiece, kWhole), {}, 0});
        if (levels_.back().pieces.count() == 1) {
            return;
        }
        scale *= kStep;
        size = {cvRound(scale * static_cast<float>(frame_.bgr.cols)),
                cvRound(scale * static_cast<float>(frame_.bgr.rows))};
    }
}

WideSearch::~WideSearch() = default;

Expected<bool> WideSearch::step(Pipeline &pipeline) {
    if (levels_.empty()) {
        return false;
    }
    auto &level = levels_.back();
    if (level.next == 0) {
        level.frame = frame_;
        if (level.scale < 1) {
            cv::resize(frame_.bgr, level.frame.bgr, level.pieces.picture(), 0, 0, cv::INTER_AREA);
        }
    }
    auto piece = level.frame;
    piece.bgr = level.frame.bgr(level.pieces.at(level.next));
    if (auto done = pipeline.detect(piece, seen_, Reach::near); !done) {
        return tl::unexpected(done.error());
    }
    level.pieces.add(seen_, level.next, level.scale, found_);
    if (++level.next == level.pieces.count()) {
        levels_.pop_back();
    }
    return !levels_.empty();
}

} // namespace xueshi::face
