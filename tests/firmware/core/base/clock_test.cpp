#include <doctest/doctest.h>

#include "firmware/core/base/clock.hpp"

using namespace xueshi;

TEST_CASE("clock: people read Asia/Shanghai, data says UTC, and both read back") {
    const std::int64_t wall_ms = parse_time("2026-11-24T08:05:09.123+08:00").value();
    CHECK(utc_time(wall_ms) == "2026-11-24T00:05:09.123Z");
    CHECK(shanghai_time(wall_ms) == "2026-11-24 08:05:09");
    CHECK(parse_time(utc_time(wall_ms)).value() == wall_ms);
    CHECK(utc_time(parse_time("2028-02-29T23:59:59Z").value()) == "2028-02-29T23:59:59.000Z");
    CHECK(utc_time(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("clock: a time that is no time is refused") {
    for (const char *bad : {"", "2026-11-24", "2026-11-24T08:05:09", "2026-02-30T00:00:00Z", "2026-11-24T24:00:00Z",
                            "2026-11-24T08:05:09+8:00", "2026-11-24T08:05:09Zx", "26-11-24T08:05:09Z"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_time(bad).has_value());
    }
}

TEST_CASE("clock: boot time goes on and a clock kept by the host is synchronised") {
    const auto clock = make_system_clock(TimeSource::host);
    const Instant first = clock->now();
    const Instant second = clock->now();
    CHECK(first.boot_id.size() == 36);
    CHECK(second.boot_id == first.boot_id);
    CHECK(second.boot_ms >= first.boot_ms);
    CHECK(first.quality == ClockQuality::synchronised);
    CHECK(parse_clock_quality(to_string(first.quality)).value() == first.quality);
}
