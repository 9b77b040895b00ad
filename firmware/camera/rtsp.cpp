#include "firmware/camera/rtsp.hpp"

#include <fmt/format.h>
#include <gst/gst.h>

namespace xueshi::camera {
namespace {

/// rtspsrc asks this of each stream that the camera describes (its signal "select-stream").
gboolean is_wanted(GstElement *, guint, GstCaps *caps, gpointer media) {
    const auto *offered = gst_structure_get_string(gst_caps_get_structure(caps, 0), "media");
    return g_strcmp0(offered, static_cast<const char *>(media)) == 0 ? TRUE : FALSE;
}

} // namespace

/// Over TCP: classroom networks drop UDP. A try ends soon, so that a camera that is back is found within 5 s (F07).
std::string rtsp_element(std::string_view media) {
    return fmt::format("rtspsrc name=source protocols=tcp latency=200 tcp-timeout=2000000 ! application/x-rtp,media={}",
                       media);
}

void aim_rtsp(gst::Pipeline &pipeline, const std::string &url, const char *media) {
    pipeline.set_text("source", "location", url);
    g_signal_connect(pipeline.element("source").get(), "select-stream", G_CALLBACK(is_wanted),
                     const_cast<char *>(media));
}

} // namespace xueshi::camera
