#include "firmware/camera/gst/still.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/camera/gst/sample.hpp"
#include "firmware/camera/gst/still_header.hpp"

namespace xueshi::camera::gst {
namespace {

constexpr auto kDecodeLimit = std::chrono::seconds(20); ///< 50 megapixels on a slow board

Expected<void> check(const StillHeader &header) {
    const auto [least, most] = std::minmax(header.width, header.height);
    if (most > kMaxStillSide || std::int64_t{header.width} * header.height > kMaxStillPixels) {
        return fail(ErrorCode::too_large, fmt::format("a picture of {}x{} pixels", header.width, header.height));
    }
    if (least < kMinStillSide) {
        return fail(ErrorCode::unsupported, fmt::format("a picture of {}x{} pixels", header.width, header.height));
    }
    return {};
}

Expected<cv::Mat> decode(ByteView file, const StillHeader &header) {
    // parsed=true: the one buffer is the one picture, so the decoder does not look for more.
    // parsed=true: the one buffer is the one picture, so the decoder does not look for more.
    const auto decoder = header.format == StillFormat::jpeg
                             ? fmt::format("caps=\"image/jpeg,parsed=true,framerate=1/1,width={},height={}\" ! jpegdec",
                                           header.width, header.height)
                             : std::string("caps=image/png ! pngdec");
    auto pipeline = Pipeline::parse("appsrc name=in " + decoder +
                                    " ! videoconvert ! video/x-raw,format=BGR ! "
                                    "appsink name=out sync=false max-buffers=1");
    if (!pipeline) {
        return tl::unexpected<Error>(pipeline.error());
    }
    if (auto playing = pipeline->play(); !playing) {
        return tl::unexpected<Error>(playing.error());
    }
    const auto in = pipeline->element("in");
    if (auto pushed = push(in, file.first(header.bytes)); !pushed) {
        return tl::unexpected<Error>(pushed.error());
    }
    end_stream(in);
    const auto sample = pull(*pipeline, pipeline->element("out"), kDecodeLimit);
    auto picture = sample && *sample ? copy_bgr(*sample) : cv::Mat();
    if (picture.cols != header.width || picture.rows != header.height) {
        return fail(ErrorCode::corrupt, "the picture cannot be decoded");
    }
    return picture;
}

/// EXIF 2.3, tag 274: which edge of the stored picture is the upper one.
cv::Mat upright(const cv::Mat &stored, int orientation) {
    cv::Mat turned = stored;
    if (orientation >= 5) {
        turned = cv::Mat();
        cv::transpose(stored, turned);
    }
    if (orientation == 1 || orientation == 5) {
        return turned;
    }
    const bool across = orientation == 2 || orientation == 6;
    const bool down = orientation == 4 || orientation == 8;
    cv::Mat picture;
    cv::flip(turned, picture, across ? 1 : down ? 0 : -1);
    return picture;
}

} // namespace

Expected<cv::Mat> decode_picture(ByteView file) {
    if (file.size() > kMaxStillBytes) {
        return fail(ErrorCode::too_large, "a picture over 10 MB");
    }
    const auto header = read_still_header(file);
    if (!header) {
        return tl::unexpected<Error>(header.error());
    }
    if (auto checked = check(*header); !checked) {
        return tl::unexpected<Error>(checked.error());
    }
    auto picture = decode(file, *header);
    if (!picture) {
        return picture;
    }
    return upright(*picture, header->orientation);
}

} // namespace xueshi::camera::gst
