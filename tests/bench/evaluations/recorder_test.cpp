#include "tests/bench/recorder/result.hpp"

#include <doctest/doctest.h>

using xueshi::bench::Filmed;

TEST_CASE("bench_recorder: targets are met only by what was filmed with a face beside it and clips that were saved") {
    const Filmed good{.name = "720p25",
                      .cpu_percent = 40,
                      .face_percent = 80,
                      .bare_percent = 36,
                      .rss_kib = 1,
                      .bytes_a_second = 1,
                      .frames = 3'750,
                      .faces = 2'000,
                      .clips = 14,
                      .slowest_clip_ms = 80};
    CHECK(good.missed().empty());
    const auto missed = [&](auto change) {
        auto other = good;
        change(other);
        return other.missed().size();
    };
    CHECK(missed([](Filmed &f) { f.faces = 0; }) == 1); // no models, or nobody seen
    CHECK(missed([](Filmed &f) { f.frames = 0; }) == 1);
    CHECK(missed([](Filmed &f) { f.clips = 0; }) == 1);
    CHECK(missed([](Filmed &f) { f.unsaved = 1; }) == 1);
    CHECK(missed([](Filmed &f) { f.bare_percent = 0; }) == 1);
    CHECK(missed([](Filmed &f) { f.bare_percent = 34; }) == 1); // 1.18x
    CHECK(missed([](Filmed &f) { f.dropped = 1; }) == 1);
    CHECK(missed([](Filmed &f) { f.slowest_clip_ms = 3'001; }) == 1);
    CHECK(missed([](Filmed &f) { f = {}; }) == 4);
}
