#include "firmware/camera/gst/running_time.hpp"

#include <gst/gst.h>

namespace xueshi::camera::gst {
namespace {

std::int64_t in_segment(const GstSegment *segment, const GstBuffer *buffer) {
    const auto time = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    return GST_CLOCK_TIME_IS_VALID(time) ? static_cast<std::int64_t>(time) : -1;
}

} // namespace

std::int64_t running_time_ns(_GstPad *pad, const _GstBuffer *buffer) {
    GstEvent *event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
    if (event == nullptr) {
        return -1;
    }
    const GstSegment *segment = nullptr;
    gst_event_parse_segment(event, &segment);
    const auto result = in_segment(segment, buffer);
    gst_event_unref(event);
    return result;
}

std::int64_t running_time_ns(_GstSample *sample) {
    return in_segment(gst_sample_get_segment(sample), gst_sample_get_buffer(sample));
}

} // namespace xueshi::camera::gst
