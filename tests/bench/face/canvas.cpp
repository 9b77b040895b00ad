#include "tests/bench/face/canvas.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

namespace xueshi::bench {

cv::Mat wall(cv::Size size) {
    return {size, CV_8UC3, cv::Scalar(96, 96, 96)};
}

cv::Mat on_wall(const cv::Mat &picture, cv::Size size) {
    const double scale =
        std::min(size.width / static_cast<double>(picture.cols), size.height / static_cast<double>(picture.rows));
    const cv::Size fitted(std::clamp(cvRound(picture.cols * scale), 1, size.width),
                          std::clamp(cvRound(picture.rows * scale), 1, size.height));
    cv::Mat small;
    cv::resize(picture, small, fitted, 0, 0, cv::INTER_AREA);
    cv::Mat frame = wall(size);
    const cv::Point corner((size.width - small.cols) / 2, (size.height - small.rows) / 2);
    small.copyTo(frame(cv::Rect(corner, small.size())));
    return frame;
}

} // namespace xueshi::bench
