#pragma once

#include <string>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/encoder.hpp"

namespace xueshi::camera {

/// The whole graph of one camera in the words of gst-launch. Named elements: `source` (its address is set afterwards),
/// `split` (the tee), `shown` (before the preview is made), `time` and `lines` (burned-in text), `frames`, `preview`
/// and `units` (the appsinks).
///
///     source -> split -+-> newest frame only -> scale -> BGR -> frames
///                      +-> newest frame only -> scale -> JPEG -> preview   (where one is wanted)
///                      +-> time -> lines -> encoder -> h264parse -> units
std::string describe_graph(const Options &options, const Encoder &encoder);

} // namespace xueshi::camera
