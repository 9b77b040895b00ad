#pragma once

#include <string>
#include <string_view>

#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::camera {

/// The source of a network camera's stream of `media`, "video" or "audio", in the words of gst-launch: packets of RTP,
/// for a decodebin. The element's name is `source`.
std::string rtsp_element(std::string_view media);

/// Says whose stream it is, and that no other media are asked of the camera: picture and sound are a session each, so
/// that one can be lost without the other. `media` has static storage.
void aim_rtsp(gst::Pipeline &pipeline, const std::string &url, const char *media);

} // namespace xueshi::camera
