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
    CHECK(checkin::crowd(faces({100, 50}), 0.25) == Crowd::several); // the very ratio
    CHECK(checkin::choose(faces({100, 50}), {1, 2}, {}, 0.25).crowd == Crowd::several);
}

TEST_CASE("scene: the nearest who is not decided about is asked; when all are, the nearest stays the one") {
    using checkin::choose;
    const auto two = faces({100, 60});
    CHECK(choose(two, {1, 2}, {}, 0.6).index == 0);
    CHECK(choose(two, {1, 2}, {.decided = {1}}, 0.6).index == 1);
    CHECK(choose(two, {1, 2}, {.decided = {1, 2}}, 0.6).index == 0);
    CHECK(choose({}, {}, {.decided = {1}}, 0.6).crowd == Crowd::nobody);
}

TEST_CASE("scene: whoever is asked for a finger stays the one, also beside others of like size") {
    const auto chosen = checkin::choose(faces({100, 95}), {1, 2}, checkin::Attention{.decided = {}, .waiting = 2}, 0.6);
    CHECK(chosen.crowd == Crowd::one);
    CHECK(chosen.index == 1);
}

TEST_CASE("scene: whoever steps up plainly before the one who is asked for a finger is looked at at once") {
    const auto two = faces({100, 60});
    CHECK(checkin::choose(two, {1, 2}, checkin::Attention{.decided = {}, .waiting = 2}, 0.6).index == 0);
    CHECK(checkin::choose(two, {1, 2}, checkin::Attention{.decided = {1}, .waiting = 2}, 0.6).index == 1);
    CHECK(checkin::choose(two, {1, 2}, checkin::Attention{.decided = {}, .waiting = 1}, 0.6).index == 0);
}

TEST_CASE("scene: two who stand far behind somebody who is decided about are no crowd") {
    const auto chosen = checkin::choose(faces({100, 60, 58}), {1, 2, 3}, {.decided = {1}}, 0.6);
    CHECK(chosen.crowd == Crowd::one);
    CHECK(chosen.index == 0);
}

TEST_CASE("scene: people side by side who are all decided about are no crowd") {
    CHECK(checkin::choose(faces({100, 95}), {1, 2}, {.decided = {1, 2}}, 0.6).crowd == Crowd::one);
}

TEST_CASE("F27: beside somebody of like size nobody is asked alone, whether the other is decided about or not") {
    CHECK(checkin::choose(faces({100, 95}), {1, 2}, {}, 0.6).crowd == Crowd::several);
    CHECK(checkin::choose(faces({100, 95}), {1, 2}, {.decided = {1}}, 0.6).crowd == Crowd::several);
    CHECK(checkin::choose(faces({100, 95, 90}), {1, 2, 3}, {.decided = {1}}, 0.6).crowd == Crowd::several);
}
