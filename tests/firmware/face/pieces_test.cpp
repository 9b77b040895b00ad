#include "firmware/face/pieces.hpp"

#include <doctest/doctest.h>

using namespace xueshi::face;

namespace {

Detection face_at(const cv::Rect2f &box) {
    Detection detection;
    detection.box = box;
    detection.confidence = 1;
    detection.landmarks.fill(box.tl());
    return detection;
}

} // namespace

TEST_CASE("pieces: they cover the picture, and what is no larger than they share lies whole in one") {
    constexpr int kShared = 64;
    const cv::Size piece(320, 192);
    for (const auto &size : {cv::Size(1280, 720), cv::Size(720, 1280), cv::Size(321, 193), cv::Size(480, 270)}) {
        CAPTURE(size.width);
        const Pieces pieces(size, piece, kShared);
        for (int y = 0; y + kShared <= size.height; ++y) {
            for (int x = 0; x + kShared <= size.width; x += y == 0 || y + kShared == size.height ? 1 : 17) {
                const cv::Rect face(x, y, kShared, kShared);
                bool whole = false;
                for (int i = 0; i < pieces.count() && !whole; ++i) {
                    whole = (pieces.at(i) & face) == face;
                }
                if (!whole) {
                    FAIL("a face at " << x << ", " << y << " is cut everywhere");
                }
            }
        }
    }
    const Pieces one({300, 100}, piece, kShared);
    CHECK(one.count() == 1);
    CHECK(one.at(0) == cv::Rect(0, 0, 300, 100));
}

TEST_CASE("pieces: a face that an inner edge cuts is left to the piece beside, one at the picture's edge is kept") {
    const Pieces pieces({600, 192}, {320, 192}, 40);
    REQUIRE(pieces.count() == 2);
    std::vector<Detection> all;
    pieces.add(std::vector{face_at({300, 50, 40, 40})}, 0, 1, all); // over the inner edge at 320
    CHECK(all.empty());
    pieces.add(std::vector{face_at({-5, 50, 40, 40})}, 0, 1, all); // over the picture's own edge
    CHECK(all.size() == 1);
    pieces.add(std::vector{face_at({20, 50, 40, 40})}, 1, 0.5, all);
    REQUIRE(all.size() == 2);
    CHECK(all[1].box == cv::Rect2f(600, 100, 80, 80)); // (280 + 20, 50) in the picture that was shrunk by half
    CHECK(all[1].landmarks[3] == cv::Point2f(600, 100));
}

TEST_CASE("pieces: two faces of one piece are two, however close; the same face of another piece is one") {
    const Pieces pieces({600, 192}, {320, 192}, 40);
    std::vector<Detection> all;
    pieces.add(std::vector{face_at({270, 50, 40, 40}), face_at({280, 50, 40, 40})}, 0, 1, all);
    CHECK(all.size() == 2);
    pieces.add(std::vector{face_at({-9, 52, 40, 38})}, 1, 1, all);
    CHECK(all.size() == 2); // an inner edge cuts it, too
    pieces.add(std::vector{face_at({1, 52, 38, 38})}, 1, 1, all);
    CHECK(all.size() == 2);
}
