#include "firmware/camera/graph.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "firmware/camera/overlay.hpp"
#include "firmware/camera/rtsp.hpp"

namespace xueshi::camera {
namespace {

/// Whatever the device delivers becomes I420 of the wanted size; frames over the wanted rate are left out, none
/// invented.
std::string decoded(const Options &options) {
    return fmt::format("decodebin ! videorate drop-only=true max-rate={} ! videoconvert ! videoscale ! "
                       "video/x-raw,format=I420,width={},height={},pixel-aspect-ratio=1/1",
                       options.frames_per_second, options.width, options.height);
}

/// Raw pictures first; many USB cameras have this size only as JPEG.
std::string v4l2(const Options &options) {
    const auto size = fmt::format("width={},height={},framerate=[{}/1,60/1]", options.width, options.height,
                                  options.frames_per_second);
    return fmt::format("v4l2src name=source do-timestamp=true ! "
                       "capsfilter caps=\"video/x-raw,{0};image/jpeg,{0};video/x-raw;image/jpeg\" ! {1}",
                       size, decoded(options));
}

std::string rtsp(const Options &options) {
    return rtsp_element("video") + " ! " + decoded(options);
}

/// The newest two pictures: a stalled graph loses pictures, not time.
std::string replay(const Options &options) {
    return fmt::format("appsrc name=source is-live=true format=time max-buffers=2 "
                       "leaky-type=downstream caps=\"video/x-raw,format=BGR,width={0},height={1},framerate={2}/1\" ! "
                       "videoconvert ! video/x-raw,format=I420",
                       options.width, options.height, options.frames_per_second);
}

std::string test(const Options &options) {
    return fmt::format("videotestsrc name=source is-live=true pattern=ball ! "
                       "video/x-raw,format=I420,width={},height={},framerate={}/1",
                       options.width, options.height, options.frames_per_second);
}

std::string source(const Options &options) {
    switch (options.kind) {
    case Kind::v4l2:
        return v4l2(options);
    case Kind::rtsp:
        return rtsp(options);
    case Kind::replay:
        return replay(options);
    case Kind::test:
        break;
    }
    return test(options);
}

} // namespace

namespace {

/// Slow receivers lose pictures, never the camera its time.
constexpr std::string_view kNewestOnly = "queue leaky=downstream max-size-buffers=1 max-size-bytes=0 max-size-time=0";

std::string at_most(int frames_per_second) {
    return frames_per_second > 0 ? fmt::format("videorate drop-only=true max-rate={} ! ", frames_per_second) : "";
}

std::string preview(const Options &options) {
    if (options.preview_frames_per_second == 0) {
        return {};
    }
    // async=false: while nobody looks it gets no picture, and nothing waits for its first one.
    return fmt::format(" split. ! {} name=shown ! {}videoscale ! video/x-raw,width={},height={} ! videoconvert ! "
                       "jpegenc ! appsink name=preview max-buffers=1 drop=true sync=false async=false",
                       kNewestOnly, at_most(options.preview_frames_per_second), options.preview_width,
                       options.preview_height);
}

/// What is cut off on each of two sides so that `kept` of `whole` remain, by pairs of pixels as I420 has them.
int margin(int whole, double kept) {
    return static_cast<int>(std::max(0.0, (whole - kept) / 4)) * 2;
}

std::string close_up(const Options &options) {
    if (!options.close_ups) {
        return {};
    }
    const auto width = kCloseUpWidth * options.width;
    const auto across = margin(options.width, width), down = margin(options.height, width / kCloseUpRatio);
    return fmt::format(" split. ! {} name=near ! videocrop left={} right={} top={} bottom={} ! videoconvert ! "
                       "video/x-raw,format=BGR ! appsink name=close_up max-buffers=1 drop=true sync=false async=false",
                       kNewestOnly, across, across, down, down);
}

} // namespace

std::string describe_graph(const Options &options, const Encoder &encoder) {
    const auto frames = fmt::format(
        "split. ! {} ! {}videoscale ! videoconvert ! video/x-raw,format=BGR,width={},height={} ! "
        "appsink name=frames max-buffers=1 drop=true sync=false",
        kNewestOnly, at_most(options.analysis_frames_per_second), options.analysis_width, options.analysis_height);
    // An encoder that falls behind loses pictures instead of holding up the camera.
    const auto units =
        fmt::format("split. ! queue leaky=downstream max-size-buffers=8 max-size-bytes=0 max-size-time=0 ! "
                    "{} ! {} ! videoconvert ! {} ! "
                    "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! "
                    "appsink name=units sync=false",
                    time_element(), lines_element(), encoder.description);
    return source(options) + " ! tee name=split " + frames + preview(options) + close_up(options) + " " + units;
}

} // namespace xueshi::camera
