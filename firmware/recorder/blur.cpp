#include "firmware/recorder/blur.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/encoder.hpp"
#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/camera/gst/sample.hpp"

namespace xueshi::recorder {
namespace {

namespace gst = camera::gst;

constexpr std::chrono::seconds kLimit(30);
constexpr int kColumns = 27; ///< a face that fills the picture's height is some pixels then

/// Where text is burned in (camera/overlay): 25 pixels from the edge, and as large as the picture is wide; the time
/// above, four lines below. Beyond it a face could be read, so no more than that stays sharp.
constexpr int kEdge = 25;
cv::Rect time_corner(const cv::Size &size) {
    const int height = std::min(size.height, kEdge + size.width / 24);
    return {0, 0, size.width / 2, height};
}
cv::Rect lines_corner(const cv::Size &size) {
    const int height = std::min(size.height, kEdge + size.width / 8);
    return {0, size.height - height, size.width / 2, height};
}

void blur(cv::Mat &picture) {
    const auto size = picture.size();
    const auto time = picture(time_corner(size)).clone(), lines = picture(lines_corner(size)).clone();
    cv::Mat coarse;
    cv::resize(picture, coarse, {kColumns, std::max(1, kColumns * size.height / size.width)}, 0, 0, cv::INTER_AREA);
    cv::resize(coarse, picture, size, 0, 0, cv::INTER_LINEAR);
    time.copyTo(picture(time_corner(size)));
    lines.copyTo(picture(lines_corner(size)));
}

Expected<gst::Pipeline> playing(const std::string &description) {
    auto pipeline = gst::Pipeline::parse(description);
    if (pipeline) {
        if (auto started = pipeline->play(); !started) {
            return tl::unexpected<Error>(started.error());
        }
    }
    return pipeline;
}

/// The board's own decoder, else OpenH264. decodebin finds any, but loads libav for it, with libraries that stay.
std::string_view decoder() {
    for (const auto *known : {"v4l2h264dec", "openh264dec"}) {
        if (gst::element_works(known)) {
            return known;
        }
    }
    return "decodebin";
}

Expected<gst::Pipeline> make_decoder(const std::vector<UnitPtr> &units) {
    auto pipeline = playing(fmt::format(
        "appsrc name=in format=time max-bytes=0 caps=video/x-h264,stream-format=byte-stream,alignment=au ! "
        "h264parse ! {} ! videoconvert ! video/x-raw,format=BGR ! appsink name=out sync=false max-buffers=2",
        decoder()));
    if (!pipeline) {
        return pipeline;
    }
    const auto in = pipeline->element("in");
    for (std::size_t i = 0; i < units.size(); ++i) {
        if (auto pushed = gst::push(in, units[i]->data, static_cast<std::int64_t>(i) * units[i]->duration_ns);
            !pushed) {
            return tl::unexpected<Error>(pushed.error());
        }
    }
    gst::end_stream(in);
    return pipeline;
}

Expected<gst::Pipeline> make_encoder(const cv::Size &size) {
    camera::Options options;
    options.bitrate_kbit = 400; // little is left to encode
    const auto encoder = camera::choose_encoder(options);
    if (!encoder) {
        return tl::unexpected<Error>(encoder.error());
    }
    return playing(fmt::format(
        "appsrc name=in format=time block=true caps=video/x-raw,format=BGR,width={},height={},framerate={}/1 ! "
        "videoconvert ! video/x-raw,format=I420 ! {} ! h264parse config-interval=-1 ! "
        "video/x-h264,stream-format=byte-stream,alignment=au ! appsink name=out sync=false",
        size.width, size.height, options.frames_per_second, encoder->description));
}

/// The encoded picture `i`, with what the unit it came from knew.
UnitPtr like(const camera::Unit &unit, std::size_t i, Bytes data) {
    camera::Unit made = unit;
    made.data = std::move(data);
    made.key_frame = i == 0;
    return std::make_shared<const camera::Unit>(std::move(made));
}

} // namespace

Expected<std::vector<UnitPtr>> blurred(const std::vector<UnitPtr> &units) {
    auto decoder = make_decoder(units);
    if (!decoder) {
        return tl::unexpected<Error>(decoder.error());
    }
    const auto decoded = decoder->element("out");
    std::optional<gst::Pipeline> encoder;
    std::size_t pictures = 0;
    for (;;) { // one picture at a time: decoded, a clip is hundreds of megabytes
        const auto sample = gst::pull(*decoder, decoded, kLimit);
        if (!sample) {
            return tl::unexpected<Error>(sample.error());
        }
        if (!*sample) {
            break;
        }
        auto picture = gst::copy_bgr(*sample);
        blur(picture);
        if (!encoder) {
            auto made = make_encoder(picture.size());
            if (!made) {
                return tl::unexpected<Error>(made.error());
            }
            encoder.emplace(std::move(*made));
        }
        const auto duration = units.front()->duration_ns;
        const ByteView bytes(picture.data, picture.total() * picture.elemSize());
        if (auto pushed =
                gst::push(encoder->element("in"), bytes, static_cast<std::int64_t>(pictures++) * duration, duration);
            !pushed) {
            return tl::unexpected<Error>(pushed.error());
        }
    }
    if (pictures != units.size()) {
        return fail(ErrorCode::corrupt, "a clip of an unknown person cannot be decoded, so it cannot be blurred");
    }
    gst::end_stream(encoder->element("in"));
    std::vector<UnitPtr> made;
    const auto encoded = encoder->element("out");
    while (made.size() <= units.size()) {
        const auto sample = gst::pull(*encoder, encoded, kLimit);
        if (!sample) {
            return tl::unexpected<Error>(sample.error());
        }
        if (!*sample) {
            break;
        }
        const auto i = made.size();
        made.push_back(like(*units[std::min(i, units.size() - 1)], i, gst::bytes_of(*sample)));
    }
    if (made.size() != units.size()) {
        return fail(ErrorCode::corrupt, "a clip of an unknown person was not encoded whole");
    }
    return made;
}

} // namespace xueshi::recorder
