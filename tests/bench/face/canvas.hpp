#pragma once

#include <opencv2/core.hpp>

namespace xueshi::bench {

/// A grey wall.
cv::Mat wall(cv::Size size);
/// The whole picture, as large as fits, in the middle of a wall.
cv::Mat on_wall(const cv::Mat &picture, cv::Size size);

} // namespace xueshi::bench
