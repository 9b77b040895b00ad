#include "firmware/face/motion.hpp"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace xueshi::face {

namespace {

// Blocks of 30 pixels of a frame 960 wide: a face that is large enough to be used covers at least three.
const cv::Size kBlocks(32, 18);
// Of 255. The mean of a block's noise is far below, also in a dark room; a camera that sets its exposure anew may be
// over it, and costs a search.
constexpr double kNoise = 8;

void shrink(const camera::Frame &frame, cv::Mat &into) {
    cv::resize(frame.bgr, into, kBlocks, 0, 0, cv::INTER_AREA);
}

} // namespace

void Motion::keep(const camera::Frame &frame) {
    shrink(frame, kept_);
}

bool Motion::moved(const camera::Frame &frame) {
    if (kept_.empty()) {
        return true;
    }
    shrink(frame, now_);
    return cv::norm(now_, kept_, cv::NORM_INF) > kNoise;
}

} // namespace xueshi::face
