#include "firmware/recorder/blur.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <malloc.h>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "firmware/camera/encoder.hpp"
#include "firmware/camera/gst/pictures.hpp"
#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::recorder {
namespace {

namespace gst = camera::gst;

constexpr std::chrono::seconds kLimit(30);
constexpr int kColumns = 27; ///< a face that fills the picture's height is some pixels then

/// Where text is burned in (camera/overlay): 25 pixels from the edge, and as large as the picture is wide; the time
/// above, four lines below. Beyond it a face could be read, so no more than that stays sharp.
constexpr int kEdge = 25;
std::array<cv::Rect, 2> text_corners(const cv::Size &size) {
    const int time = std::min(size.height, kEdge + size.width / 24),
              lines = std::min(size.height, kEdge + size.width / 8);
    return {cv::Rect(0, 0, size.width / 2, time), cv::Rect(0, size.height - lines, size.width / 2, lines)};
}

/// Of a plane that has a point for two columns and rows: the points that lie wholly in the corner.
cv::Rect halved(const cv::Rect &corner) {
    return {cv::Point((corner.x + 1) / 2, (corner.y + 1) / 2), cv::Point(corner.br().x / 2, corner.br().y / 2)};
}

void blur(const gst::Planes &original, gst::Planes &blurred) {
    const auto size = original[0].size();
    const cv::Size grid(kColumns, std::max(1, kColumns * size.height / size.width));
    for (std::size_t i = 0; i < original.size(); ++i) {
        cv::Mat coarse;
        cv::resize(original[i], coarse, grid, 0, 0, cv::INTER_AREA);
        cv::resize(coarse, blurred[i], blurred[i].size(), 0, 0, cv::INTER_LINEAR);
        for (const auto &corner : text_corners(size)) {
            const auto sharp = i == 0 ? corner : halved(corner);
            original[i](sharp).copyTo(blurred[i](sharp));
        }
    }
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

/// One thread decodes a picture, blurs it and encodes it before it takes the next: few are in memory at a time, in the
/// form that decoder and encoder have, half of BGR.
Expected<gst::Pipeline> make_graph() {
    camera::Options options;
    options.bitrate_kbit = 400; // little is left to encode
    const auto encoder = camera::choose_encoder(options);
    if (!encoder) {
        return tl::unexpected<Error>(encoder.error());
    }
    // Not every encoder writes a rate into its stream, and OpenH264 needs one to keep to its bits.
    auto graph = gst::Pipeline::parse(fmt::format(
        "appsrc name=in format=time max-bytes=0 caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse ! "
        "{} ! videoconvert ! video/x-raw,format=I420 ! capssetter name=pictures caps=video/x-raw,framerate={}/1 ! {} ! "
        "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au ! "
        "appsink name=out sync=false",
        decoder(), options.frames_per_second, encoder->description));
    if (graph) {
        gst::replace_pictures(*graph, "pictures", blur);
        if (auto playing = graph->play(); !playing) {
            return tl::unexpected<Error>(playing.error());
        }
    }
    return graph;
}

Expected<void> push(const gst::Pipeline &graph, const std::vector<UnitPtr> &units) {
    const auto in = graph.element("in");
    std::int64_t at_ns = 0;
    for (const auto &unit : units) {
        if (auto pushed = gst::push(in, unit->data, unit, at_ns, unit->duration_ns); !pushed) {
            return pushed;
        }
        at_ns += unit->duration_ns;
    }
    gst::end_stream(in);
    return {};
}

/// The encoded picture `i`, with what the unit it came from knew.
UnitPtr like(const camera::Unit &unit, std::size_t i, Bytes data) {
    camera::Unit made = unit;
    made.data = std::move(data);
    made.key_frame = i == 0;
    return std::make_shared<const camera::Unit>(std::move(made));
}

Expected<std::vector<UnitPtr>> decode_blur_encode(const std::vector<UnitPtr> &units) {
    auto graph = make_graph();
    if (!graph) {
        return tl::unexpected<Error>(graph.error());
    }
    if (auto pushed = push(*graph, units); !pushed) {
        return tl::unexpected<Error>(pushed.error());
    }
    std::vector<UnitPtr> made;
    const auto out = graph->element("out");
    while (made.size() <= units.size()) {
        const auto sample = gst::pull(*graph, out, kLimit);
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
        return fail(ErrorCode::corrupt, "a clip of an unknown person cannot be decoded and encoded whole");
    }
    return made;
}

} // namespace

Expected<std::vector<UnitPtr>> blurred(const std::vector<UnitPtr> &units) {
    auto made = decode_blur_encode(units);
    // Decoder and encoder took some 10 MiB in small pieces, which stay behind whatever was allocated since: back.
    malloc_trim(0);
    return made;
}

} // namespace xueshi::recorder
