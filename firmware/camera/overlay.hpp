#pragma once

#include <string>

#include "firmware/camera/camera.hpp"

namespace xueshi::camera {

/// The elements that draw, in the words of gst-launch: `time` in the upper left corner, `lines` in the lower one.
std::string time_element();
std::string lines_element();

/// The line with the time, "2026-11-24 14:05:09" in Shanghai, with 时钟未校准 behind it when the clock was never set.
std::string time_line(const Instant &captured, const Overlay &overlay);

/// The lines below, as Pango markup: no text from a roster can be read as markup, add a line or run off the picture.
std::string overlay_lines(const Overlay &overlay);

} // namespace xueshi::camera
