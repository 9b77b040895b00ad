#pragma once

#include "firmware/camera/frame.hpp"
#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::camera::gst {

/// The picture of a sample whose caps are video/x-raw,format=BGR; empty when they are not.
cv::Mat copy_bgr(const Sample &sample);

} // namespace xueshi::camera::gst
