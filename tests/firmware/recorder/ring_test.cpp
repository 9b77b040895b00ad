#include <doctest/doctest.h>

#include <algorithm>

#include "firmware/recorder/clip.hpp"
#include "firmware/recorder/ring.hpp"

using namespace xueshi;
using namespace xueshi::recorder;

namespace {

constexpr std::int64_t kLong = 1'000'000;

UnitPtr unit(std::int64_t boot_ms, bool key, std::size_t bytes = 10, std::int64_t pts_ms = -1) {
    camera::Unit made;
    made.data.resize(bytes);
    made.key_frame = key;
    made.captured.boot_ms = boot_ms;
    made.pts_ns = (pts_ms < 0 ? boot_ms : pts_ms) * 1'000'000;
    made.duration_ns = 100'000'000;
    return std::make_shared<const camera::Unit>(std::move(made));
}

std::vector<std::int64_t> times(const std::vector<UnitPtr> &units) {
    std::vector<std::int64_t> result;
    for (const auto &u : units) {
        result.push_back(u->captured.boot_ms);
    }
    return result;
}

} // namespace

TEST_CASE("ring: what comes before the first key frame is left out") {
    Ring ring(1000, kLong);
    ring.push(unit(100, false));
    CHECK(ring.empty());
    ring.push(unit(200, true));
    CHECK_FALSE(ring.empty());
    CHECK(ring.newest_boot_ms() == 200);
}

TEST_CASE("ring: a clip begins with the key frame at or before the wanted moment") {
    Ring ring(10'000, kLong);
    for (int i = 0; i < 9; ++i) {
        ring.push(unit(100 * i, i % 3 == 0));
    }
    CHECK(times(ring.since(500)) == std::vector<std::int64_t>{300, 400, 500, 600, 700, 800});
    CHECK(times(ring.since(300)).front() == 300);
    CHECK(times(ring.since(299)).front() == 0);
    CHECK(times(ring.since(-1)).front() == 0);
}

TEST_CASE("ring: it holds no more than its bytes, and always begins with a key frame") {
    Ring ring(100, kLong);
    for (int i = 0; i < 1000; ++i) {
        ring.push(unit(i, i % 3 == 0, 10));
        const auto all = ring.since(-1);
        CHECK(all.size() <= 10);
        CHECK((all.empty() || all.front()->key_frame));
    }
    CHECK(ring.newest_boot_ms() == 999);
}

TEST_CASE("ring: it keeps what a clip can want, from a key frame on, and hardly more") {
    Ring ring(1'000'000, 500);
    for (int i = 0; i < 1000; ++i) {
        const std::int64_t now = 10 * i;
        ring.push(unit(now, i % 10 == 0));
        const auto all = ring.since(-1);
        CHECK(all.front()->key_frame);
        CHECK(all.front()->captured.boot_ms <= std::max<std::int64_t>(0, now - 500));
        CHECK(all.front()->captured.boot_ms > now - 500 - 200); // a group, and the one that has not ended
    }
}

TEST_CASE("ring: one group over the limit leaves nothing rather than half of it") {
    Ring ring(100, kLong);
    ring.push(unit(0, true, 60));
    ring.push(unit(1, false, 60));
    CHECK(ring.empty());
    ring.push(unit(2, false, 10));
    CHECK(ring.empty());
}

TEST_CASE("clip: places in the file follow the camera's own time") {
    const auto placed = place({unit(5000, true, 10, 100), unit(5063, false, 10, 166), unit(5140, false, 10, 233)});
    REQUIRE(placed.size() == 3);
    CHECK(placed[0].pts_ns == 0);
    CHECK(placed[1].pts_ns == 66'000'000);
    CHECK(placed[2].pts_ns == 133'000'000);
    CHECK(duration_ns(placed) == 233'000'000);
}

TEST_CASE("clip: over a restart of the camera, places go on by boot time") {
    const auto placed = place({unit(5000, true, 10, 90'000), unit(5100, false, 10, 90'100), unit(7600, true, 10, 0),
                               unit(7700, false, 10, 100)});
    REQUIRE(placed.size() == 4);
    CHECK(placed[2].pts_ns == 2'600'000'000);
    CHECK(placed[3].pts_ns == 2'700'000'000);
}

TEST_CASE("clip: places rise strictly whatever the clocks say") {
    const auto placed = place({unit(5000, true), unit(5000, false), unit(4000, false), unit(4000, false)});
    for (std::size_t i = 1; i < placed.size(); ++i) {
        CHECK(placed[i].pts_ns > placed[i - 1].pts_ns);
    }
}
