#pragma once

/// A USB camera in front of the real v4l2src, where the kernel has none: whoever links v4l2_stand_in.cpp opens it under
/// this name. One camera of 640x360 YUYV, ten pictures a second, with buffers that may be mapped and orphaned, as the
/// kernel's videobuf2 has them.
namespace xueshi::test {

inline constexpr auto kStandInCamera = "/dev/full"; ///< a character device, which v4l2src wants to see there
/// Whether it is plugged in, as at the start. Thread-safe.
void plug_stand_in(bool in);

} // namespace xueshi::test
