#pragma once

#include <string>

#include "firmware/camera/camera.hpp"

namespace xueshi::camera {

/// "v4l2:uvcvideo" (the kernel's driver, so that a loopback device shows itself; "v4l2" while unplugged), "rtsp",
/// "replay", "test". Never an address: it may hold a password.
std::string driver_name(const Options &options);

} // namespace xueshi::camera
