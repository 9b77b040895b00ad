#include <doctest/doctest.h>

#include "firmware/checkin/scene.hpp"

using namespace xueshi;
using checkin::Crowd;

namespace {

std::vector<face::Detection> faces(std::initializer_list<float> sides) {
    std::vector<face::Detection> made;
    for (const auto side : sides) {
        face::Detection detection;
        detection.box = cv::Rect2f(0, 0, side, side);
        made.push_back(detection);
    }
    return made;
}

} // namespace

TEST_CASE("F27: two faces of like size are several people, smaller ones behind are ignored") {
    CHECK(checkin::crowd(faces({}), 0.6) == Crowd::nobody);
    CHECK(checkin::crowd(faces({100}), 0.6) == Crowd::one);
    CHECK(checkin::crowd(faces({100, 80}), 0.6) == Crowd::several);
    CHECK(checkin::crowd(faces({100, 70, 70}), 0.6) == Crowd::one);
    CHECK(checkin::crowd(faces({100, 70}), 0.4) == Crowd::several);
}
