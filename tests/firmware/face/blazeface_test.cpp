#include "firmware/face/blazeface.hpp"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::face;

namespace {

/// The network's four outputs; nothing is found.
struct Outputs {
    Outputs() {
        maps[0].setTo(-20);
        maps[1].setTo(-20);
    }
    /// One anchor of a layer is lit. Numbers are pixels from the anchor's middle.
    void light(std::size_t layer, int anchor, float score, const std::array<float, 16> &numbers) {
        maps[layer].ptr<float>()[anchor] = score;
        std::copy(numbers.begin(), numbers.end(), maps[layer + 2].ptr<float>() + 16 * anchor);
    }
    static cv::Mat map(int anchors, int numbers) {
        const std::array sizes{1, anchors, numbers};
        return cv::Mat(3, sizes.data(), CV_32F, cv::Scalar(0));
    }
    std::array<cv::Mat, 4> maps{map(512, 1), map(384, 1), map(512, 16), map(384, 16)};
};

constexpr std::array<float, 16> kFace{2, 4, 40, 48, -10, -6, 10, -6, 0, 2, 0, 14, -18, 0, 18, 0};

} // namespace

TEST_CASE("blazeface: a lit anchor is a face at its place, in pixels of the picture") {
    Outputs outputs;
    outputs.light(0, (5 * 16 + 3) * 2 + 1, 3, kFace); // sixth row, fourth column of 8 pixels: middle (28, 44)
    std::vector<Detection> found;
    REQUIRE(decode_blazeface(outputs.maps, 0.5F, found));
    REQUIRE(found.size() == 1);
    CHECK(found[0].box == cv::Rect2f(20, 48, 80, 96)); // middle (30, 48), twice as large
    CHECK(found[0].confidence == doctest::Approx(0.952574));
    CHECK(found[0].landmarks[0] == cv::Point2f(36, 76));
    CHECK(found[0].landmarks[1] == cv::Point2f(76, 76));
    CHECK(found[0].landmarks[2] == cv::Point2f(56, 92));
    CHECK(found[0].landmarks[3].x == doctest::Approx(56 - 0.414 * 40)); // the mouth's middle is (56, 116)
    CHECK(found[0].landmarks[4].x == doctest::Approx(56 + 0.414 * 40));
    CHECK(found[0].landmarks[3].y == 116);
}

TEST_CASE("blazeface: both layers are read; of one face's anchors the surest stays; what is unsure is nobody") {
    Outputs outputs;
    outputs.light(1, (2 * 8 + 1) * 6, 2, kFace);     // middle (24, 40)
    outputs.light(1, (2 * 8 + 1) * 6 + 5, 4, kFace); // the same face
    outputs.light(1, (6 * 8 + 6) * 6, 1, kFace);     // middle (104, 104)
    outputs.light(0, 0, -0.01F, kFace);              // under one half
    std::vector<Detection> found(3);
    REQUIRE(decode_blazeface(outputs.maps, 1, found));
    REQUIRE(found.size() == 2);
    CHECK(found[0].box == cv::Rect2f(6, 20, 40, 48));
    CHECK(found[0].confidence > 0.98F);
    CHECK(found[1].box == cv::Rect2f(86, 84, 40, 48));
}

TEST_CASE("blazeface: outputs of other shapes are refused") {
    Outputs outputs;
    std::vector<Detection> found;
    outputs.maps[3] = Outputs::map(384, 15);
    CHECK(decode_blazeface(outputs.maps, 1, found).error().code == ErrorCode::corrupt);
    CHECK(decode_blazeface(std::span(outputs.maps).first(3), 1, found).error().code == ErrorCode::corrupt);
    CHECK(make_blazeface("no network").error().code == ErrorCode::corrupt);
}
