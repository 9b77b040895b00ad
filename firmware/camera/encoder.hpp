#pragma once

#include <string>

#include "firmware/camera/camera.hpp"

namespace xueshi::camera {

/// An H.264 encoder that this machine has, with a key frame each second.
struct Encoder {
    std::string name;        ///< GStreamer's element
    std::string description; ///< its piece of the graph, in the words of gst-launch
};

/// The board's own encoder, else x264, else OpenH264; `unsupported` when there is none.
Expected<Encoder> choose_encoder(const Options &options);

} // namespace xueshi::camera
