#include "firmware/camera/camera.hpp"

#include <fmt/format.h>

#include "firmware/camera/encoder.hpp"
#include "firmware/camera/gst/still.hpp"
#include "firmware/camera/pipeline_camera.hpp"

namespace xueshi::camera {
namespace {

bool even_between(int value, int least, int most) {
    return value >= least && value <= most && value % 2 == 0;
}

/// H.264 with 4:2:0 wants even sides; the limits are those of level 5.1.
Expected<void> check(const Options &options) {
    if (!even_between(options.width, 160, 4096) || !even_between(options.height, 120, 2304)) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("camera: no picture of {}x{}", options.width, options.height));
    }
    if (!even_between(options.analysis_width, 64, options.width) ||
        !even_between(options.analysis_height, 64, options.height)) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("camera: no analysis frame of {}x{}", options.analysis_width, options.analysis_height));
    }
    const bool fits = even_between(options.preview_width, 64, options.width) &&
                      even_between(options.preview_height, 64, options.height);
    if (options.preview_frames_per_second > 0 && !fits) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("camera: no preview of {}x{}", options.preview_width, options.preview_height));
    }
    if (options.analysis_frames_per_second < 0 || options.preview_frames_per_second < 0) {
        return fail(ErrorCode::invalid_argument, "camera: analysis and preview: 0 or more frames a second");
    }
    if (options.frames_per_second < 1 || options.frames_per_second > 60) {
        return fail(ErrorCode::invalid_argument, "camera: 1 to 60 frames a second");
    }
    if (options.bitrate_kbit < 50 || options.bitrate_kbit > 50'000) {
        return fail(ErrorCode::invalid_argument, "camera: 50 to 50,000 kbit a second");
    }
    if (options.kind == Kind::replay && options.playlist.empty()) {
        return fail(ErrorCode::invalid_argument, "camera: replay needs a playlist");
    }
    return {};
}

} // namespace

Expected<Kind> parse_kind(std::string_view text) {
    if (text == "v4l2") {
        return Kind::v4l2;
    }
    if (text == "rtsp") {
        return Kind::rtsp;
    }
    if (text == "replay") {
        return Kind::replay;
    }
    if (text == "test") {
        return Kind::test;
    }
    return fail(ErrorCode::invalid_argument, "camera kind is v4l2, rtsp, replay or test");
}

Expected<std::unique_ptr<Camera>> Camera::create(const Options &options, const Clock &clock) {
    if (auto checked = check(options); !checked) {
        return tl::unexpected<Error>(checked.error());
    }
    auto encoder = choose_encoder(options);
    if (!encoder) {
        return tl::unexpected<Error>(encoder.error());
    }
    return make_pipeline_camera(options, *encoder, clock);
}

Expected<Bytes> encode_still(const cv::Mat &bgr) {
    return gst::encode_picture(bgr);
}

Expected<Frame> decode_still(ByteView file, const Instant &captured) {
    auto picture = gst::decode_picture(file);
    if (!picture) {
        return fail(picture, "photograph");
    }
    Frame frame;
    frame.bgr = std::move(*picture);
    frame.captured = captured;
    frame.number = 1;
    return frame;
}

} // namespace xueshi::camera
