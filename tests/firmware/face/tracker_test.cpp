#include <doctest/doctest.h>

#include "firmware/face/detect.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::face {

namespace {

Detection at(float x, float confidence = 0.9F) {
    Detection detection;
    detection.box = {x, 100, 100, 120};
    detection.confidence = confidence;
    return detection;
}

} // namespace

TEST_CASE("tracker: a face that moves keeps its number") {
    Tracker tracker;
    const auto first = tracker.update({at(100)});
    CHECK(tracker.update({at(130)}) == first);
    CHECK(tracker.update({at(160)}) == first);
}

TEST_CASE("tracker: another face in another place gets another number, whatever the order") {
    Tracker tracker;
    const auto numbers = tracker.update({at(0), at(400)});
    REQUIRE(numbers.size() == 2);
    CHECK(numbers[0] != numbers[1]);
    CHECK(tracker.update({at(410), at(10)}) == std::vector<std::uint64_t>{numbers[1], numbers[0]});
}

TEST_CASE("tracker: a face lost for a moment is the same, lost for longer it is a new one") {
    Tracker tracker;
    const auto first = tracker.update({at(100)});
    tracker.update({});
    tracker.update({});
    CHECK(tracker.update({at(110)}) == first);
    for (int i = 0; i < 20; ++i) {
        tracker.update({});
    }
    CHECK(tracker.update({at(110)}) != first);
}

TEST_CASE("tracker: of two faces near one track the closer one has it") {
    Tracker tracker;
    const auto first = tracker.update({at(100)});
    const auto numbers = tracker.update({at(145), at(105)});
    CHECK(numbers[1] == first[0]);
    CHECK(numbers[0] != first[0]);
    CHECK(numbers[0] != 0);
}

TEST_CASE("detect: of overlapping boxes the most confident one stays") {
    std::vector<Detection> kept{at(100, 0.6F), at(105, 0.9F), at(400, 0.5F)};
    suppress_overlaps(kept, 0.3F);
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].confidence == doctest::Approx(0.9));
    CHECK(kept[1].box.x == doctest::Approx(400));
}

TEST_CASE("detect: overlap of empty boxes is nothing, not a division by zero") {
    CHECK(overlap({0, 0, 0, 0}, {0, 0, 0, 0}) == 0);
    CHECK(overlap({0, 0, 10, 10}, {0, 0, 10, 10}) == doctest::Approx(1));
    CHECK(overlap({0, 0, 10, 10}, {5, 0, 10, 10}) == doctest::Approx(1.0 / 3));
}

} // namespace xueshi::face
