#include "firmware/core/base/clock.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

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

namespace {

/// The files of a machine that booted ten hours before `now`.
struct Machine {
    static constexpr std::int64_t kNow = 1'788'200'000'000, kUp = 10 * 3'600'000, kMinute = 60'000;

    test::TemporaryDirectory directory;
    ClockFiles files{directory / "timesyncd", directory / "chronyd", directory / "since_epoch"};

    void write(const std::filesystem::path &file, const std::string &content, std::int64_t ago_ms) const {
        REQUIRE(write_file_durably(file, content, 0644));
        const std::int64_t at_ms = kNow - ago_ms;
        const timespec at{static_cast<time_t>(at_ms / 1'000), 0};
        const timespec times[2] = {at, at};
        REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times, 0) == 0);
    }
    ClockQuality quality(std::int64_t wall_ms = kNow) const { return clock_quality(files, wall_ms, kUp); }
};

} // namespace

TEST_CASE_FIXTURE(Machine, "clock: synchronised while timesyncd or chronyd says so in this boot, then holdover") {
    write(files.clock_chip, "1788200000\n", 0);
    CHECK(quality() == ClockQuality::holdover);
    for (const auto &file : {files.timesyncd, files.chronyd}) {
        CAPTURE(file.string());
        write(file, "", 30 * kMinute);
        CHECK(quality() == ClockQuality::synchronised);
        write(file, "", 89 * kMinute);
        CHECK(quality() == ClockQuality::synchronised);
        write(file, "", 91 * kMinute);
        CHECK(quality() == ClockQuality::holdover);
        write(file, "", kUp + kMinute); // of another boot
        CHECK(quality() == ClockQuality::holdover);
    }
}

TEST_CASE_FIXTURE(Machine, "clock: of timesyncd and chronyd the one that goes on counts, whichever was there before") {
    write(files.timesyncd, "", 5 * 3'600'000); // was stopped
    write(files.chronyd, "", kMinute);
    CHECK(quality() == ClockQuality::synchronised);
    write(files.timesyncd, "", kMinute);
    write(files.chronyd, "", 5 * 3'600'000);
    CHECK(quality() == ClockQuality::synchronised);
}

TEST_CASE_FIXTURE(Machine, "F11: without a synchronisation in this boot and without a live clock chip it is unset") {
    CHECK(quality() == ClockQuality::unset); // a board without a chip: systemd made the time up
    write(files.clock_chip, "946684812\n", 0);
    CHECK(quality() == ClockQuality::unset); // a chip whose battery is flat began at 2000
    write(files.clock_chip, "not a number", 0);
    CHECK(quality() == ClockQuality::unset);
    for (const auto &file : {files.timesyncd, files.chronyd}) {
        CAPTURE(file.string());
        write(file, "", kUp + kMinute);
        CHECK(quality() == ClockQuality::unset); // of another boot
        write(file, "", -kMinute);
        CHECK(quality() == ClockQuality::unset); // from the future
        write(file, "", 5 * 3'600'000);
        CHECK(quality() == ClockQuality::holdover); // was set once in this boot
        CHECK(quality(12'345) == ClockQuality::unset);
        std::filesystem::remove(file);
    }
}

TEST_CASE_FIXTURE(Machine, "F09: a clock that was set back after its synchronisation is not synchronised any more") {
    write(files.clock_chip, "1788200000\n", 0);
    for (const auto &file : {files.timesyncd, files.chronyd}) {
        CAPTURE(file.string());
        write(file, "", 0);
        CHECK(quality() == ClockQuality::synchronised);
        CHECK(quality(kNow - 3'600'000) == ClockQuality::holdover);
        CHECK(quality(kNow - 86'400'000) == ClockQuality::holdover);
        CHECK(quality(kNow + 86'400'000) == ClockQuality::holdover);
        std::filesystem::remove(file);
    }
}
