#pragma once

#include <memory>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/encoder.hpp"

namespace xueshi::camera {

/// The camera that is one GStreamer graph (graph.hpp). `clock` outlives it.
std::unique_ptr<Camera> make_pipeline_camera(const Options &options, const Encoder &encoder, const Clock &clock);

} // namespace xueshi::camera
