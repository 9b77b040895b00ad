#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "firmware/camera/camera.hpp"
#include "tests/support/pictures.hpp"

using namespace xueshi;

namespace {

/// Mean colour of a quarter, (0, 0) being the upper left one.
cv::Scalar quarter(const cv::Mat &picture, int column, int row) {
    const cv::Size half(picture.cols / 2, picture.rows / 2);
    const cv::Rect rect(column * half.width, row * half.height, half.width, half.height);
    return cv::mean(picture(rect));
}

bool alike(const cv::Scalar &a, const cv::Scalar &b) {
    return cv::norm(a - b) < 25;
}

ErrorCode code_of(ByteView file) {
    const auto decoded = camera::decode_still(file, {});
    REQUIRE_FALSE(decoded.has_value());
    return decoded.error().code;
}

} // namespace

TEST_CASE("decode_still: a PNG comes back pixel for pixel") {
    const auto picture = test::quarters(101, 67);
    Instant captured;
    captured.wall_ms = 42;
    const auto decoded = camera::decode_still(test::make_png(picture), captured);
    REQUIRE(decoded.has_value());
    CHECK(decoded->captured.wall_ms == 42);
    CHECK(cv::norm(decoded->bgr, picture, cv::NORM_INF) == 0);
}

TEST_CASE("decode_still: a JPEG comes back in its colours") {
    const auto picture = test::quarters(322, 246);
    const auto decoded = camera::decode_still(test::make_jpeg(picture), {});
    REQUIRE(decoded.has_value());
    CHECK(decoded->bgr.size() == picture.size());
    CHECK(cv::norm(decoded->bgr, picture, cv::NORM_L1) / static_cast<double>(picture.total() * 3) < 4);
}

TEST_CASE("decode_still: each EXIF orientation is turned upright") {
    // Which stored quarter, as column and row, is the upper left one of the upright picture; then the upper right one.
    struct Case {
        int orientation, left_column, left_row, right_column, right_row;
    };
    const Case cases[] = {{2, 1, 0, 0, 0}, {3, 1, 1, 0, 1}, {4, 0, 1, 1, 1}, {5, 0, 0, 0, 1},
                          {6, 0, 1, 0, 0}, {7, 1, 1, 1, 0}, {8, 1, 0, 1, 1}};
    const auto stored = test::quarters(160, 96);
    for (const auto &c : cases) {
        CAPTURE(c.orientation);
        const auto decoded = camera::decode_still(test::make_jpeg(stored, c.orientation), {});
        REQUIRE(decoded.has_value());
        CHECK(decoded->bgr.cols == (c.orientation >= 5 ? 96 : 160));
        CHECK(alike(quarter(decoded->bgr, 0, 0), quarter(stored, c.left_column, c.left_row)));
        CHECK(alike(quarter(decoded->bgr, 1, 0), quarter(stored, c.right_column, c.right_row)));
    }
}

TEST_CASE("F34: a picture over a written limit is refused before it is decoded") {
    CHECK(code_of(Bytes(10u * 1024 * 1024 + 1)) == ErrorCode::too_large);
    auto wide = test::make_png(test::quarters(32, 32));
    wide[18] = 0xFF; // the header claims 65,312 pixels
    CHECK(code_of(wide) == ErrorCode::too_large);
    auto many = test::make_png(test::quarters(32, 32));
    many[18] = many[22] = 0x1F; // 7,968 x 7,968
    CHECK(code_of(many) == ErrorCode::too_large);
    CHECK(code_of(test::make_png(test::quarters(14, 200))) == ErrorCode::unsupported);
}

TEST_CASE("decode_still: what is no picture, or half of one, is an error and not a crash") {
    CHECK(code_of({}) == ErrorCode::unsupported);
    CHECK(code_of(as_bytes("GIF89a and more")) == ErrorCode::unsupported);
    CHECK(code_of(as_bytes("\xFF\xD8\xFF")) == ErrorCode::corrupt);
    CHECK(code_of(as_bytes("\x89PNG\r\n\x1A\n")) == ErrorCode::corrupt);
    const auto png = test::make_png(test::quarters(64, 64));
    CHECK(code_of(ByteView(png).first(png.size() / 2)) == ErrorCode::corrupt);
    auto flipped = png;
    flipped[60] ^= 1u; // the chunk's checksum no longer holds
    CHECK(code_of(flipped) == ErrorCode::corrupt);
}

TEST_CASE("decode_still: cut at any byte, a JPEG never crashes the program") {
    const auto jpeg = test::make_jpeg(test::quarters(48, 48), 6);
    for (std::size_t size = 0; size < jpeg.size(); size += 37) {
        const auto decoded = camera::decode_still(ByteView(jpeg).first(size), {});
        CHECK((!decoded || decoded->bgr.size() == cv::Size(48, 48)));
    }
}

TEST_CASE("decode_still: several threads decode at once") {
    const auto jpeg = test::make_jpeg(test::quarters(200, 120));
    std::vector<std::thread> threads;
    std::atomic<int> decoded = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 5; ++round) {
                decoded += camera::decode_still(jpeg, {}).has_value() ? 1 : 0;
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(decoded == 20);
}
