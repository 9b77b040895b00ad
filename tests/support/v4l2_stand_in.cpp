// The system calls by which v4l2src speaks to a camera, in the test's own program: the plugin's go here, because the
// program's exported names come before libc's. A timer stands for the device: it can be read when a picture is due, and
// a duplicate of its descriptor is the same device.
#include "tests/support/v4l2_stand_in.hpp"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace {

constexpr unsigned kWidth = 640, kHeight = 360, kPictureBytes = kWidth * kHeight * 2, kMostBuffers = 8;
constexpr long kPeriodNs = 100'000'000;

std::mutex mutex;
std::deque<unsigned> queued; ///< buffers that wait for a picture
unsigned buffers = 0;
bool plugged_in = true;

bool is_camera(int fd) {
    std::array<char, 64> link{};
    const auto path = "/proc/self/fd/" + std::to_string(fd);
    return ::readlink(path.c_str(), link.data(), link.size() - 1) > 0 &&
           std::string_view(link.data()) == "anon_inode:[timerfd]";
}

int refuse(int error) {
    errno = error;
    return -1;
}

void set_timer(int fd, long period_ns) {
    const itimerspec every{{0, period_ns}, {0, period_ns}};
    ::timerfd_settime(fd, 0, &every, nullptr);
}

int describe(v4l2_capability &about) {
    about = {};
    std::strcpy(reinterpret_cast<char *>(about.driver), "stand-in");
    about.device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    about.capabilities = about.device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

int describe(v4l2_fmtdesc &about) {
    about.pixelformat = V4L2_PIX_FMT_YUYV;
    return about.index == 0 && about.type == V4L2_BUF_TYPE_VIDEO_CAPTURE ? 0 : refuse(EINVAL);
}

int describe(v4l2_frmsizeenum &about) {
    about.type = V4L2_FRMSIZE_TYPE_DISCRETE;
    about.discrete = {kWidth, kHeight};
    return about.index == 0 ? 0 : refuse(EINVAL);
}

int describe(v4l2_frmivalenum &about) {
    about.type = V4L2_FRMIVAL_TYPE_DISCRETE;
    about.discrete = {1, 10};
    return about.index == 0 ? 0 : refuse(EINVAL);
}

int describe(v4l2_format &about) {
    auto &picture = about.fmt.pix;
    picture = {};
    picture.width = kWidth;
    picture.height = kHeight;
    picture.pixelformat = V4L2_PIX_FMT_YUYV;
    picture.field = V4L2_FIELD_NONE;
    picture.bytesperline = kWidth * 2;
    picture.sizeimage = kPictureBytes;
    picture.colorspace = V4L2_COLORSPACE_SRGB;
    return 0;
}

int describe(v4l2_streamparm &about) {
    about.parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    about.parm.capture.timeperframe = {1, 10};
    return 0;
}

int allocate(v4l2_requestbuffers &wanted) {
    if (wanted.memory != V4L2_MEMORY_MMAP) {
        return refuse(EINVAL);
    }
    wanted.capabilities = V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS;
    wanted.count = buffers = std::min(wanted.count, kMostBuffers);
    queued.clear();
    return 0;
}

int describe(v4l2_buffer &buffer) {
    buffer.length = kPictureBytes;
    buffer.m.offset = buffer.index * kPictureBytes;
    return buffer.index < buffers ? 0 : refuse(EINVAL);
}

int enqueue(v4l2_buffer &buffer) {
    if (buffer.index >= buffers) {
        return refuse(EINVAL);
    }
    queued.push_back(buffer.index);
    buffer.flags |= V4L2_BUF_FLAG_QUEUED;
    return 0;
}

int dequeue(int fd, v4l2_buffer &buffer) {
    std::uint64_t due = 0;
    if (queued.empty() || ::read(fd, &due, sizeof due) != sizeof due) {
        return refuse(EAGAIN);
    }
    buffer.index = queued.front();
    queued.pop_front();
    buffer.bytesused = kPictureBytes;
    buffer.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    buffer.field = V4L2_FIELD_NONE;
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    buffer.timestamp = {now.tv_sec, now.tv_nsec / 1'000};
    return describe(buffer);
}

template <typename T>
T &as(void *argument) {
    return *static_cast<T *>(argument);
}

int answer(int fd, unsigned long request, void *argument) {
    const std::lock_guard lock(mutex);
    if (!plugged_in) {
        return refuse(ENODEV);
    }
    switch (request) {
    case VIDIOC_QUERYCAP:
        return describe(as<v4l2_capability>(argument));
    case VIDIOC_ENUM_FMT:
        return describe(as<v4l2_fmtdesc>(argument));
    case VIDIOC_ENUM_FRAMESIZES:
        return describe(as<v4l2_frmsizeenum>(argument));
    case VIDIOC_ENUM_FRAMEINTERVALS:
        return describe(as<v4l2_frmivalenum>(argument));
    case VIDIOC_G_FMT:
    case VIDIOC_S_FMT:
    case VIDIOC_TRY_FMT:
        return describe(as<v4l2_format>(argument));
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM:
        return describe(as<v4l2_streamparm>(argument));
    case VIDIOC_REQBUFS:
        return allocate(as<v4l2_requestbuffers>(argument));
    case VIDIOC_QUERYBUF:
        return describe(as<v4l2_buffer>(argument));
    case VIDIOC_QBUF:
        return enqueue(as<v4l2_buffer>(argument));
    case VIDIOC_DQBUF:
        return dequeue(fd, as<v4l2_buffer>(argument));
    case VIDIOC_STREAMON:
        set_timer(fd, kPeriodNs);
        return 0;
    case VIDIOC_STREAMOFF:
        set_timer(fd, 0);
        queued.clear();
        return 0;
    case VIDIOC_QUERYCTRL:
    case VIDIOC_G_CTRL:
        return refuse(EINVAL); // it has none
    default:
        return refuse(ENOTTY);
    }
}

int open_file(const char *path, int flags, mode_t mode) {
    return std::string_view(path) == xueshi::test::kStandInCamera
               ? ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
               : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

} // namespace

void xueshi::test::plug_stand_in(bool in) {
    const std::lock_guard lock(mutex);
    plugged_in = in;
}

// NOLINTBEGIN(cert-dcl50-cpp,readability-inconsistent-declaration-parameter-name): as libc declares them
extern "C" {

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open_file(path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return _IOC_TYPE(request) == 'V' && is_camera(fd) ? answer(fd, request, argument)
                                                      : static_cast<int>(::syscall(SYS_ioctl, fd, request, argument));
}

void *mmap64(void *address, std::size_t length, int protection, int flags, int fd, off64_t offset) {
    const bool buffer = fd >= 0 && is_camera(fd);
    return reinterpret_cast<void *>(
        buffer ? ::syscall(SYS_mmap, address, length, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
               : ::syscall(SYS_mmap, address, length, protection, flags, fd, offset));
}
}
// NOLINTEND(cert-dcl50-cpp,readability-inconsistent-declaration-parameter-name)
