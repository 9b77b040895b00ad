#pragma once

#include <array>
#include <functional>

#include "firmware/camera/frame.hpp"
#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::camera::gst {

/// A picture as I420: luma, then two planes of colour with half as many columns and rows. Rows may be padded. Borrowed.
using Planes = std::array<cv::Mat, 3>;

/// From now on each I420 picture that leaves `element` is another in its place, of its size and moment, which
/// `paint(original, other)` fills in a thread of the graph. A picture that cannot be read or is of another form goes no
/// further. To be called before the graph plays.
void replace_pictures(const Pipeline &pipeline, const char *element,
                      std::function<void(const Planes &original, Planes &other)> paint);

} // namespace xueshi::camera::gst
