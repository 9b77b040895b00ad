#pragma once

#include "firmware/camera/frame.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::camera::gst {

inline constexpr std::size_t kMaxStillBytes = 10u << 20;
inline constexpr int kMinStillSide = 16, kMaxStillSide = 8192;
/// A picture of 50 megapixels takes 150 MB as BGR; a small file could claim more.
inline constexpr std::int64_t kMaxStillPixels = 50'000'000;

/// Decodes a JPEG (turned upright by its EXIF orientation) or a PNG into BGR. Thread-safe. Errors: `too_large`,
/// `unsupported` for other formats and sizes, `corrupt`.
Expected<cv::Mat> decode_picture(ByteView file);
/// JPEG of a BGR picture. Thread-safe.
Expected<Bytes> encode_picture(const cv::Mat &bgr);

} // namespace xueshi::camera::gst
