#include <doctest/doctest.h>

#include <string>

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <opencv2/core.hpp>

#include "firmware/camera/gst/pictures.hpp"

using namespace xueshi;
namespace gst = camera::gst;

namespace {

constexpr unsigned kWidth = 6, kHeight = 6; ///< three columns and rows of colour

gst::Pipeline play(const std::string &format, std::function<void(const gst::Planes &, gst::Planes &)> paint) {
    auto graph = gst::Pipeline::parse(
        "appsrc name=in format=time caps=video/x-raw,width=6,height=6,framerate=1/1,format=" + format +
        " ! identity name=pictures ! appsink name=out sync=false");
    REQUIRE(graph.has_value());
    gst::replace_pictures(*graph, "pictures", std::move(paint));
    REQUIRE(graph->play().has_value());
    return std::move(*graph);
}

/// An I420 picture as a decoder leaves it that works in blocks of sixteen: each point is ten times its row and its
/// column, in the planes of colour 100 and 200 more; what lies between is 255.
GstBuffer *padded_picture() {
    constexpr gsize kStride = 16;
    gsize offsets[] = {0, 10 * kStride, 20 * kStride, 0};
    gint strides[] = {kStride, kStride, kStride, 0};
    Bytes bytes(30 * kStride, 255);
    for (unsigned plane = 0; plane < 3; ++plane) {
        for (unsigned row = 0; row < (plane == 0 ? kHeight : kHeight / 2); ++row) {
            for (unsigned column = 0; column < (plane == 0 ? kWidth : kWidth / 2); ++column) {
                bytes[offsets[plane] + row * kStride + column] =
                    static_cast<std::uint8_t>(100 * plane + 10 * row + column);
            }
        }
    }
    GstBuffer *buffer = gst_buffer_new_allocate(nullptr, bytes.size(), nullptr);
    gst_buffer_fill(buffer, 0, bytes.data(), bytes.size());
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_I420, kWidth, kHeight, 3,
                                   offsets, strides);
    return buffer;
}

} // namespace

TEST_CASE("pictures: another takes the place of each, at its moment, however its rows are padded") {
    cv::Mat seen[3];
    auto graph = play("I420", [&](const gst::Planes &original, gst::Planes &other) {
        for (std::size_t i = 0; i < original.size(); ++i) {
            seen[i] = original[i].clone();
            cv::bitwise_not(original[i], other[i]);
        }
    });
    GstBuffer *buffer = padded_picture();
    GST_BUFFER_PTS(buffer) = 3 * GST_SECOND;
    gst_app_src_push_buffer(GST_APP_SRC(graph.element("in").get()), buffer);
    const auto sample = gst::pull(graph, graph.element("out"), std::chrono::seconds(10));
    REQUIRE((sample && *sample));
    CHECK(GST_BUFFER_PTS(gst_sample_get_buffer(sample->get())) == 3 * GST_SECOND);
    const auto bytes = gst::bytes_of(*sample); // luma in rows of eight, colour in rows of four
    REQUIRE(bytes.size() == 6 * 8 + 2 * 3 * 4);
    const std::size_t begin[] = {0, 48, 60}, stride[] = {8, 4, 4};
    for (std::size_t plane = 0; plane < 3; ++plane) {
        const int side = plane == 0 ? 6 : 3;
        REQUIRE(seen[plane].size() == cv::Size(side, side));
        for (int row = 0; row < side; ++row) {
            for (int column = 0; column < side; ++column) {
                const int value = 100 * static_cast<int>(plane) + 10 * row + column;
                CHECK(seen[plane].at<std::uint8_t>(row, column) == value);
                CHECK(bytes[begin[plane] + static_cast<std::size_t>(row) * stride[plane] +
                            static_cast<std::size_t>(column)] == 255 - value);
            }
        }
    }
}

TEST_CASE("pictures: one of another form than I420 goes no further") {
    auto graph = play("NV12", [](const gst::Planes &, gst::Planes &) { FAIL_CHECK("no planes to paint"); });
    REQUIRE(gst::push(graph.element("in"), Bytes(6 * 8 + 3 * 8), 0).has_value());
    gst::end_stream(graph.element("in"));
    const auto sample = gst::pull(graph, graph.element("out"), std::chrono::seconds(10));
    REQUIRE(sample.has_value());
    CHECK(*sample == nullptr);
}

TEST_CASE("push: bytes that are not copied live as long as the graph needs them, and no longer") {
    auto bytes = std::make_shared<const Bytes>(Bytes{1, 2, 3});
    const std::weak_ptr<const Bytes> watched = bytes;
    {
        auto graph = gst::Pipeline::parse("appsrc name=in format=time ! appsink name=out sync=false");
        REQUIRE(graph->play().has_value());
        REQUIRE(gst::push(graph->element("in"), *bytes, bytes, 0, 1).has_value());
        bytes.reset();
        const auto sample = gst::pull(*graph, graph->element("out"), std::chrono::seconds(10));
        REQUIRE((sample && *sample));
        CHECK_FALSE(watched.expired());
        CHECK(gst::bytes_of(*sample) == Bytes{1, 2, 3});
    }
    CHECK(watched.expired());
}
