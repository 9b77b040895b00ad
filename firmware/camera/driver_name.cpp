#include "firmware/camera/driver_name.hpp"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>

#include <cstring>

#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::camera {
namespace {

std::string v4l2_driver(const std::string &device) {
    const UniqueFd fd(::open(device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    v4l2_capability capability{};
    if (!fd || ::ioctl(fd.get(), VIDIOC_QUERYCAP, &capability) != 0) {
        return "v4l2";
    }
    const auto *name = reinterpret_cast<const char *>(capability.driver);
    return "v4l2:" + std::string(name, ::strnlen(name, sizeof capability.driver));
}

} // namespace

std::string driver_name(const Options &options) {
    switch (options.kind) {
    case Kind::v4l2:
        return v4l2_driver(options.device);
    case Kind::rtsp:
        return "rtsp";
    case Kind::replay:
        return "replay";
    case Kind::test:
        break;
    }
    return "test";
}

} // namespace xueshi::camera
