#pragma once

#include <string>
#include <vector>

#include "firmware/camera/camera.hpp"

namespace xueshi::camera {

/// An H.264 encoder that this machine has, with a key frame each second.
struct Encoder {
    std::string name;        ///< GStreamer's element
    std::string description; ///< its piece of the graph, in the words of gst-launch; it is named `encoder` there
};

/// By preference: the board's own encoder, x264, OpenH264; whether this machine has them or not.
std::vector<Encoder> known_encoders(const Options &options);
/// The first of them that works here and has not failed; `unsupported` when none does.
Expected<Encoder> choose_encoder(const Options &options);

} // namespace xueshi::camera
