#pragma once

#include <span>
#include <vector>

#include "firmware/face/detect.hpp"

namespace xueshi::face {

/// What the network says of a picture `scale` times as large as its input shows it: scores of 512 and 384 anchors, then
/// 16 numbers of each (box, six points), in the order of the anchors. Error: corrupt when the shapes are others.
Expected<void> decode_blazeface(std::span<const cv::Mat> outputs, float scale, std::vector<Detection> &into);

} // namespace xueshi::face
