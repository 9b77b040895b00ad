#include "firmware/camera/encoder.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::camera {
namespace {

/// V4L2 wants its level named before it negotiates (bcm2835-codec, hantro).
std::string v4l2(const Options &options) {
    return fmt::format("v4l2h264enc name=encoder extra-controls=\"controls,video_bitrate={},video_gop_size={},"
                       "repeat_sequence_header=1\" ! video/x-h264,level=(string)4",
                       options.bitrate_kbit * 1000, options.frames_per_second);
}

/// zerolatency: no look-ahead and no B-frames, so a clip can end at any unit.
std::string x264(const Options &options) {
    return fmt::format("x264enc name=encoder tune=zerolatency speed-preset=ultrafast bitrate={} key-int-max={}",
                       options.bitrate_kbit, options.frames_per_second);
}

std::string openh264(const Options &options) {
    return fmt::format("openh264enc name=encoder rate-control=bitrate bitrate={} gop-size={} complexity=low",
                       options.bitrate_kbit * 1000, options.frames_per_second);
}

} // namespace

std::vector<Encoder> known_encoders(const Options &options) {
    return {{"v4l2h264enc", v4l2(options)}, {"x264enc", x264(options)}, {"openh264enc", openh264(options)}};
}

Expected<Encoder> choose_encoder(const Options &options) {
    for (auto &encoder : known_encoders(options)) {
        const bool failed = std::ranges::find(options.failed_encoders, encoder.name) != options.failed_encoders.end();
        if (!failed && gst::element_works(encoder.name.c_str())) {
            return std::move(encoder);
        }
    }
    return fail(ErrorCode::unsupported, "no H.264 encoder: install gstreamer1.0-plugins-ugly or -bad");
}

} // namespace xueshi::camera
