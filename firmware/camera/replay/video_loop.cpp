#include "firmware/camera/replay/video_loop.hpp"

#include <fmt/format.h>
#include <gst/gst.h>

#include "firmware/camera/gst/sample.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera::replay {
namespace {

constexpr auto kDecodeLimit = std::chrono::seconds(3);

/// End of the picture in the file's time, milliseconds.
std::int64_t end_ms(const gst::Sample &sample) {
    const GstBuffer *buffer = gst_sample_get_buffer(sample.get());
    const auto begin =
        gst_segment_to_stream_time(gst_sample_get_segment(sample.get()), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    const auto duration = GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 40 * GST_MSECOND;
    return static_cast<std::int64_t>(((GST_CLOCK_TIME_IS_VALID(begin) ? begin : 0) + duration) / GST_MSECOND);
}

} // namespace

Expected<VideoLoop> VideoLoop::open(const std::filesystem::path &file, cv::Size box) {
    auto pipeline =
        gst::Pipeline::parse(fmt::format("filesrc name=file ! decodebin ! videoconvert ! videoscale add-borders=true ! "
                                         "video/x-raw,format=BGR,width={},height={},pixel-aspect-ratio=1/1 ! "
                                         "appsink name=frames max-buffers=2 sync=false",
                                         box.width, box.height));
    if (!pipeline) {
        return tl::unexpected<Error>(pipeline.error());
    }
    pipeline->set_text("file", "location", file.string());
    if (auto playing = pipeline->play(); !playing) {
        return tl::unexpected<Error>(playing.error());
    }
    auto frames = pipeline->element("frames");
    return VideoLoop(std::move(*pipeline), std::move(frames));
}

const cv::Mat &VideoLoop::picture_at(std::int64_t elapsed_ms) {
    while (!broken_ && shown_until_ms_ <= elapsed_ms) {
        broken_ = !advance() && !(rewind() && advance());
        if (broken_) {
            log::warning("playlist_video_not_usable", {{"error", "it cannot be decoded"}});
        }
    }
    return picture_;
}

bool VideoLoop::advance() {
    const auto sample = gst::pull(pipeline_, frames_, kDecodeLimit);
    if (!sample || !*sample) {
        return false;
    }
    picture_ = gst::copy_bgr(*sample);
    shown_until_ms_ = std::max(shown_until_ms_, round_began_ms_ + end_ms(*sample));
    return !picture_.empty();
}

bool VideoLoop::rewind() {
    round_began_ms_ = shown_until_ms_;
    constexpr auto kFlags = static_cast<GstSeekFlags>(GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT);
    return !picture_.empty() && gst_element_seek_simple(frames_.get(), GST_FORMAT_TIME, kFlags, 0) != FALSE;
}

} // namespace xueshi::camera::replay
