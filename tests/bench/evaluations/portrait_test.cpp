#include "tests/bench/face/portrait.hpp"

#include <deque>

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::bench;

namespace {

/// Pictures whose vectors say how like which person they are: their score with a sample is that of its axis.
struct Album {
    void add(const std::string &person, const face::Embedding &vector) {
        looks.emplace_back();
        looks.back().person = person;
        vectors.emplace_back(&looks.back(), vector);
    }
    std::deque<Look> looks; // stays where it is
    Vectors vectors;
};

} // namespace

TEST_CASE("evaluation: of who has six pictures five are enrolled and another is the portrait, one each") {
    Album album;
    for (int i = 0; i < 8; ++i) {
        album.add("a", {1, 0});
    }
    for (int i = 0; i < 6; ++i) {
        album.add("b", {0, 1});
    }
    for (int i = 0; i < 5; ++i) {
        album.add("c", {0, 1}); // none left to compare with
    }
    const auto portraits = portraits_of(album.vectors);
    REQUIRE(portraits.enrolled.size() == 2);
    CHECK(portraits.enrolled.at("a").size() == 5);
    REQUIRE(portraits.own.size() == 2);
    for (const auto &[look, vector] : portraits.own) {
        for (const auto &[sample, other] : portraits.enrolled.at(look->person)) {
            CHECK(sample != look);
        }
    }
    CHECK(portraits.anybodys.size() == 3);
    CHECK(portraits.anybodys.back().first->person == "c");
}

TEST_CASE("evaluation: a portrait is as like as the sample most like it; refused below the threshold, passed at it") {
    Album samples;
    samples.add("a", {1, 0, 0});
    samples.add("a", {0, 1, 0});
    samples.add("b", {0, 0, 1});
    Portraits portraits;
    portraits.enrolled = {{"a", {samples.vectors[0], samples.vectors[1]}}, {"b", {samples.vectors[2]}}};
    Album album;
    album.add("a", {0.25F, 0.5F, 0});      // passes by its second sample
    album.add("a", {0.25F, 0.375F, 0});    // refused
    album.add("b", {0, 0.5F, 0.75F});      // passes, and for a too
    album.add("c", {0.25F, 0.25F, 0.25F}); // a stranger, who passes for nobody
    portraits.own = {album.vectors[0], album.vectors[1], album.vectors[2]};
    portraits.anybodys = album.vectors;
    const auto rates = compare(portraits, 0.5F);
    CHECK(rates.fnmr.part == 1);
    CHECK(rates.fnmr.whole == 3);
    CHECK(rates.fmr.part == 1);
    CHECK(rates.fmr.whole == 5); // each with the other, the stranger with both
    CHECK(rates.fmr.different == 4);
}

TEST_CASE("evaluation: portrait figures are shares with intervals, null of none") {
    json::Object figures;
    report_portraits("none", compare({}, 0.5F), figures);
    CHECK(figures.at("portrait_fnmr").is_null());
    CHECK(figures.at("portrait_fmr").is_null());
    PortraitRates rates;
    rates.fnmr = {1, 4};
    rates.fmr = {0, 100, 10};
    report_portraits("some", rates, figures);
    CHECK(figures.at("portrait_fnmr").as_double() == doctest::Approx(0.25));
    CHECK(figures.at("portrait_fmr").as_double() == 0);
    CHECK(figures.at("portrait_fnmr_interval") == json::Value(to_json(rates.fnmr)));
    CHECK(figures.at("portrait_fmr_interval") == json::Value(to_json(rates.fmr)));
}
