#include "firmware/recorder/timeline.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <utility>
#include <vector>

using namespace xueshi::recorder;

namespace {

constexpr std::int64_t kMs = 1'000'000;

/// Places of units that the graph dates so, and that come so, in milliseconds.
std::vector<std::int64_t> places(const std::vector<std::pair<std::int64_t, std::int64_t>> &units) {
    Timeline timeline(1'000);
    std::vector<std::int64_t> placed;
    for (const auto &[graph_ms, boot_ms] : units) {
        placed.push_back(timeline.place(graph_ms * kMs, boot_ms) / kMs);
    }
    return placed;
}

} // namespace

TEST_CASE("timeline: the graph's time decides from unit to unit, not when they came") {
    CHECK(places({{500, 1'000}, {540, 1'052}, {580, 1'079}}) == std::vector<std::int64_t>{0, 40, 80});
}

TEST_CASE("timeline: over a restart of the graph boot time decides") {
    CHECK(places({{500, 1'000}, {540, 1'040}, {0, 4'040}, {40, 4'080}}) ==
          std::vector<std::int64_t>{0, 40, 3'040, 3'080});
}

TEST_CASE("timeline: two units of one time, or nearly, stay two") {
    CHECK(places({{500, 1'000}, {500, 1'000}, {501, 1'001}, {580, 1'080}}) == std::vector<std::int64_t>{0, 2, 4, 83});
    CHECK(step_ns(0, 1'000, 1, 1'000) == 2 * kMs);
}

TEST_CASE("timeline: clocks that drift apart come together again, and no unit goes back") {
    std::vector<std::pair<std::int64_t, std::int64_t>> slow, fast;
    for (std::int64_t i = 0; i < 300; ++i) {
        slow.emplace_back(39 * i, 1'000 + 40 * i);
        fast.emplace_back(41 * i, 1'000 + 40 * i);
    }
    for (const auto &units : {slow, fast}) {
        const auto placed = places(units);
        for (std::size_t i = 1; i < placed.size(); ++i) {
            CHECK(placed[i] > placed[i - 1]);
            CHECK(std::abs(placed[i] - 40 * static_cast<std::int64_t>(i)) <= 142);
        }
    }
}
