#include "firmware/camera/gst/sample.hpp"

#include <gst/gst.h>
#include <gst/video/video.h>

namespace xueshi::camera::gst {

cv::Mat copy_bgr(const Sample &sample) {
    GstVideoInfo info;
    GstCaps *caps = gst_sample_get_caps(sample.get());
    if (caps == nullptr || !gst_video_info_from_caps(&info, caps) ||
        GST_VIDEO_INFO_FORMAT(&info) != GST_VIDEO_FORMAT_BGR) {
        return {};
    }
    GstVideoFrame frame;
    if (!gst_video_frame_map(&frame, &info, gst_sample_get_buffer(sample.get()), GST_MAP_READ)) {
        return {};
    }
    // Rows may be padded: the stride comes from the frame.
    const cv::Mat view(GST_VIDEO_FRAME_HEIGHT(&frame), GST_VIDEO_FRAME_WIDTH(&frame), CV_8UC3,
                       GST_VIDEO_FRAME_PLANE_DATA(&frame, 0),
                       static_cast<std::size_t>(GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0)));
    cv::Mat copy = view.clone();
    gst_video_frame_unmap(&frame);
    return copy;
}

} // namespace xueshi::camera::gst
