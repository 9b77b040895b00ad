#include "tests/bench/face/tracks.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::bench;

namespace {

/// Usable pictures of one recording.
void record(std::vector<Look> &looks, const std::string &person, const std::string &recording, int count) {
    for (int i = 0; i < count; ++i) {
        auto &look = looks.emplace_back();
        look.person = person;
        look.recording = recording;
        look.found = true;
    }
}

} // namespace

TEST_CASE("evaluation: a track of five has five frames of one recording, and a shorter recording is told apart") {
    std::vector<Look> looks;
    record(looks, "a", "1", 1);
    record(looks, "a", "4", 4);
    record(looks, "a", "5", 5);
    record(looks, "a", "6", 6);
    record(looks, "a", "10", 10);
    const auto fives = tracks_of_five(looks);
    REQUIRE(fives.size() == 4);
    for (const auto &track : fives) {
        CHECK(track.size() == 5);
        CHECK(track.front()->recording == track.back()->recording);
    }
    CHECK(fives[0].front() == &looks[5]);
    CHECK(fives[1].front() == &looks[10]); // its sixth picture is in none
    CHECK(fives[2].front() == &looks[16]);
    CHECK(fives[3].back() == &looks[25]);
    const auto shorter = shorter_tracks(looks);
    REQUIRE(shorter.size() == 2);
    CHECK(shorter[0].size() == 1);
    CHECK(shorter[1].size() == 4);
    CHECK(all_tracks(looks).size() == 6);
    CHECK(one_by_one(looks).size() == 26);
}

TEST_CASE("evaluation: recordings of two people, and pictures without a sample, make no track of five") {
    std::vector<Look> looks;
    record(looks, "a", "1", 3);
    record(looks, "b", "1", 5);
    looks.back().flaw = face::QualityFlaw::too_blurred;
    CHECK(tracks_of_five(looks).empty());
    const auto shorter = shorter_tracks(looks);
    REQUIRE(shorter.size() == 2);
    CHECK(shorter[1].size() == 4);
    CHECK(one_by_one(looks).size() == 7);
}
