#include "firmware/camera/gst/pictures.hpp"

#include <cassert>

#include <gst/gst.h>
#include <gst/video/video.h>

namespace xueshi::camera::gst {
namespace {

using Paint = std::function<void(const Planes &, Planes &)>;

/// A buffer's I420 picture, mapped while this lives.
class Mapped {
public:
    Mapped(const GstVideoInfo &info, GstBuffer *buffer, GstMapFlags access)
        : info_(info), mapped_(gst_video_frame_map(&frame_, &info, buffer, access) != FALSE) {}
    ~Mapped() {
        if (mapped_) {
            gst_video_frame_unmap(&frame_);
        }
    }
    Mapped(const Mapped &) = delete;
    Mapped &operator=(const Mapped &) = delete;

    explicit operator bool() const { return mapped_; }
    Planes planes() const { return {plane(0), plane(1), plane(2)}; }

private:
    /// The buffer may hold more columns and rows than the picture has, whose size the caps say.
    cv::Mat plane(int i) const {
        return {GST_VIDEO_INFO_COMP_HEIGHT(&info_, i), GST_VIDEO_INFO_COMP_WIDTH(&info_, i), CV_8UC1,
                GST_VIDEO_FRAME_PLANE_DATA(&frame_, i),
                static_cast<std::size_t>(GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, i))};
    }

    const GstVideoInfo &info_;
    GstVideoFrame frame_;
    bool mapped_;
};

/// A new buffer, as a decoder may need the old one for the pictures after it. Null: there is no memory, or one of the
/// two cannot be mapped.
GstBuffer *painted(const GstVideoInfo &info, GstBuffer *original, const Paint &paint) {
    const Mapped from(info, original, GST_MAP_READ);
    GstBuffer *other = from ? gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&info), nullptr) : nullptr;
    if (other == nullptr) {
        return nullptr;
    }
    gst_buffer_copy_into(other, original, GST_BUFFER_COPY_TIMESTAMPS, 0, static_cast<gsize>(-1));
    if (const Mapped to(info, other, GST_MAP_WRITE); to) {
        auto planes = to.planes();
        paint(from.planes(), planes);
        return other;
    }
    gst_buffer_unref(other);
    return nullptr;
}

GstPadProbeReturn replace(GstPad *pad, GstPadProbeInfo *probe, gpointer paint) {
    GstVideoInfo info;
    GstCaps *caps = gst_pad_get_current_caps(pad);
    const bool known = caps != nullptr && gst_video_info_from_caps(&info, caps) != FALSE &&
                       GST_VIDEO_INFO_FORMAT(&info) == GST_VIDEO_FORMAT_I420;
    if (caps != nullptr) {
        gst_caps_unref(caps);
    }
    GstBuffer *original = gst_pad_probe_info_get_buffer(probe);
    GstBuffer *other = known ? painted(info, original, *static_cast<Paint *>(paint)) : nullptr;
    if (other == nullptr) {
        return GST_PAD_PROBE_DROP;
    }
    gst_buffer_unref(original);
    GST_PAD_PROBE_INFO_DATA(probe) = other;
    return GST_PAD_PROBE_OK;
}

} // namespace

void replace_pictures(const Pipeline &pipeline, const char *element,
                      std::function<void(const Planes &original, Planes &other)> paint) {
    GstPad *pad = gst_element_get_static_pad(pipeline.element(element).get(), "src");
    assert(pad != nullptr);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, replace, new Paint(std::move(paint)),
                      [](gpointer kept) { delete static_cast<Paint *>(kept); });
    gst_object_unref(pad);
}

} // namespace xueshi::camera::gst
