#include "firmware/camera/gst/still.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "firmware/camera/gst/pipeline.hpp"
#include "firmware/camera/gst/sample.hpp"
#include "firmware/camera/gst/still_header.hpp"

namespace xueshi::camera::gst {
namespace {

constexpr std::chrono::seconds kLimit(20); ///< 50 megapixels on a slow board

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
    const auto sample = pull(*pipeline, pipeline->element("out"), kLimit);
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

Expected<Bytes> encode_picture(const cv::Mat &bgr) {
    auto pipeline =
        Pipeline::parse(fmt::format("appsrc name=in format=time caps=\"video/x-raw,format=BGR,framerate=1/1,"
                                    "width={},height={}\" ! videoconvert ! jpegenc quality=95 ! "
                                    "appsink name=out sync=false",
                                    bgr.cols, bgr.rows));
    if (!pipeline) {
        return tl::unexpected<Error>(pipeline.error());
    }
    if (auto playing = pipeline->play(); !playing) {
        return tl::unexpected<Error>(playing.error());
    }
    const cv::Mat bytes = bgr.reshape(1);
    cv::Mat rows = cv::Mat::zeros(bytes.rows, (bytes.cols + 3) / 4 * 4, CV_8UC1); // GStreamer's rows end at four bytes
    bytes.copyTo(rows.colRange(0, bytes.cols));
    const auto in = pipeline->element("in");
    auto pushed = push(in, ByteView(rows.data, rows.total()), 0, 1'000'000'000);
    rows.setTo(0); // it may be a document's portrait: of ours, freed memory keeps nothing of it
    if (!pushed) {
        return tl::unexpected<Error>(pushed.error());
    }
    end_stream(in);
    const auto sample = pull(*pipeline, pipeline->element("out"), kLimit);
    return sample && *sample ? Expected<Bytes>(bytes_of(*sample))
                             : fail(ErrorCode::unavailable, "the picture cannot be encoded");
}

} // namespace xueshi::camera::gst
