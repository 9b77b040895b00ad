#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include <opencv2/core.hpp>

#include "firmware/camera/gst/still.hpp"
#include "firmware/core/base/bytes.hpp"

/// Picture files made by the test itself: no photograph of a person is ever committed. Link camera_gst.
namespace xueshi::test {
namespace detail {

inline void put_u32(Bytes &bytes, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    }
}

/// RFC 2083, appendix 15.
inline std::uint32_t crc32(ByteView bytes) {
    std::uint32_t crc = 0xFFFFFFFFu;
    for (const auto byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 1u) != 0 ? 0xEDB88320u ^ crc >> 1 : crc >> 1;
        }
    }
    return ~crc;
}

inline std::uint32_t adler32(ByteView bytes) {
    std::uint32_t a = 1, b = 0;
    for (const auto byte : bytes) {
        a = (a + byte) % 65521u;
        b = (b + a) % 65521u;
    }
    return b << 16 | a;
}

inline void put_chunk(Bytes &file, std::string_view type, ByteView data) {
    put_u32(file, static_cast<std::uint32_t>(data.size()));
    Bytes covered(type.begin(), type.end());
    covered.insert(covered.end(), data.begin(), data.end());
    file.insert(file.end(), covered.begin(), covered.end());
    put_u32(file, crc32(covered));
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4).
inline Bytes store(ByteView data) {
    constexpr std::size_t kBlock = 65535;
    Bytes stream{0x78, 0x01};
    for (std::size_t at = 0; at < data.size(); at += kBlock) {
        const auto block = data.subspan(at, std::min(kBlock, data.size() - at));
        const auto length = static_cast<unsigned>(block.size());
        stream.push_back(at + block.size() == data.size() ? 1 : 0);
        for (const auto byte : {length, length >> 8, ~length, ~length >> 8}) {
            stream.push_back(static_cast<std::uint8_t>(byte & 0xFFu));
        }
        stream.insert(stream.end(), block.begin(), block.end());
    }
    put_u32(stream, adler32(data));
    return stream;
}

} // namespace detail

/// A PNG of an 8-bit BGR picture.
inline Bytes make_png(const cv::Mat &bgr) {
    Bytes rows;
    for (int y = 0; y < bgr.rows; ++y) {
        rows.push_back(0); // no filter
        for (int x = 0; x < bgr.cols; ++x) {
            const auto &pixel = bgr.at<cv::Vec3b>(y, x);
            rows.insert(rows.end(), {pixel[2], pixel[1], pixel[0]});
        }
    }
    Bytes header;
    detail::put_u32(header, static_cast<std::uint32_t>(bgr.cols));
    detail::put_u32(header, static_cast<std::uint32_t>(bgr.rows));
    header.insert(header.end(), {8, 2, 0, 0, 0}); // 8 bits, true colour
    Bytes file{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    detail::put_chunk(file, "IHDR", header);
    detail::put_chunk(file, "IDAT", detail::store(rows));
    detail::put_chunk(file, "IEND", {});
    return file;
}

/// A JPEG of an 8-bit BGR picture. An `orientation` other than 1 is written into an EXIF segment.
inline Bytes make_jpeg(const cv::Mat &bgr, int orientation = 1) {
    Bytes file = camera::gst::encode_picture(bgr).value();
    if (orientation != 1) {
        const Bytes exif{0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,
                         'M',  'M',  0, 42, 0,   0,   0,   8,   0, 1,
                         1,    0x12, 0, 3,  0,   0,   0,   1,   0, static_cast<std::uint8_t>(orientation),
                         0,    0,    0, 0,  0,   0};
        file.insert(file.begin() + 2, exif.begin(), exif.end());
    }
    return file;
}

/// A picture without a person: four quarters of different colours, so that turning and mirroring show.
inline cv::Mat quarters(int width, int height) {
    cv::Mat picture(height, width, CV_8UC3);
    const cv::Rect upper_left(0, 0, width / 2, height / 2);
    picture(upper_left).setTo(cv::Scalar(20, 20, 220));
    picture(upper_left + cv::Point(width / 2, 0)).setTo(cv::Scalar(20, 220, 20));
    picture(upper_left + cv::Point(0, height / 2)).setTo(cv::Scalar(220, 20, 20));
    picture(upper_left + cv::Point(width / 2, height / 2)).setTo(cv::Scalar(230, 230, 230));
    return picture;
}

} // namespace xueshi::test
