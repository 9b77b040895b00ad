#include "firmware/core/base/clock.hpp"

#include <sys/stat.h>

#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi {

namespace {

/// 2026-01-01: no terminal of this version existed before, so an earlier clock was never set.
constexpr std::int64_t kEarliestWallMs = 1'767'225'600'000;
constexpr std::int64_t kShanghaiOffsetMs = 8 * 3'600'000;
constexpr std::int64_t kDayMs = 86'400'000;

std::int64_t milliseconds(const timespec &time) {
    return std::int64_t{time.tv_sec} * 1'000 + time.tv_nsec / 1'000'000; // seconds have 32 bits on a 32-bit board
}

std::int64_t clock_ms(clockid_t clock) {
    timespec now{};
    ::clock_gettime(clock, &now);
    return milliseconds(now);
}

constexpr std::int64_t kFreshMs = 90 * 60'000;   // two of timesyncd's longest polls (2048 s): one may be lost
constexpr std::int64_t kFileTimeSlackMs = 1'000; // file systems store coarser times than clocks tell

std::optional<std::int64_t> modified_ms(const std::filesystem::path &path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return milliseconds(status.st_mtim);
}

/// A dead chip's time, or that of no chip, was made up at boot (systemd takes the last time it saved).
bool chip_kept_time(const std::filesystem::path &path) {
    const auto text = read_file(path, 64);
    std::int64_t seconds = 0;
    return text && std::from_chars(text->data(), text->data() + text->size(), seconds).ec == std::errc{} &&
           seconds >= kEarliestWallMs / 1'000;
}

class SystemClock final : public Clock {
public:
    SystemClock(TimeSource source, ClockFiles files) : source_(source), files_(std::move(files)) {
        auto id = read_file("/proc/sys/kernel/random/boot_id", 64);
        boot_id_ = id ? id->substr(0, 36) : "";
    }

    Instant now() const override {
        Instant instant;
        instant.wall_ms = clock_ms(CLOCK_REALTIME);
        instant.boot_ms = clock_ms(CLOCK_BOOTTIME);
        instant.boot_id = boot_id_;
        instant.quality = quality(instant);
        return instant;
    }

private:
    ClockQuality quality(const Instant &at) const {
        if (source_ == TimeSource::host) {
            return at.wall_ms < kEarliestWallMs ? ClockQuality::unset : ClockQuality::synchronised;
        }
        return clock_quality(files_, at.wall_ms, at.boot_ms);
    }

    TimeSource source_;
    ClockFiles files_;
    std::string boot_id_;
};

struct CivilTime {
    std::chrono::year_month_day date;
    int hour, minute, second, millisecond;
};

CivilTime civil(std::int64_t ms) {
    const std::int64_t day = (ms >= 0 ? ms : ms - kDayMs + 1) / kDayMs;
    const auto rest = static_cast<int>(ms - day * kDayMs);
    return {std::chrono::sys_days{std::chrono::days{day}}, rest / 3'600'000, rest / 60'000 % 60, rest / 1'000 % 60,
            rest % 1'000};
}

std::string date_text(const std::chrono::year_month_day &date) {
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

/// Reads exactly `count` digits and moves on; -1 when they are not there.
int digits(std::string_view &text, std::size_t count) {
    if (text.size() < count) {
        return -1;
    }
    int value = 0;
    for (const char c : text.substr(0, count)) {
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool literal(std::string_view &text, char c) {
    if (text.empty() || text.front() != c) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

/// "Z", "+08:00" or "-03:30", and nothing after it, as milliseconds.
Expected<std::int64_t> parse_offset(std::string_view text) {
    if (text == "Z") {
        return 0;
    }
    const bool negative = !text.empty() && text.front() == '-';
    if (literal(text, '+') || literal(text, '-')) {
        const int hours = digits(text, 2);
        const bool colon = literal(text, ':');
        const int minutes = digits(text, 2);
        if (colon && hours >= 0 && hours <= 14 && minutes >= 0 && minutes < 60 && text.empty()) {
            const std::int64_t offset = hours * 3'600'000LL + minutes * 60'000LL;
            return negative ? -offset : offset;
        }
    }
    return fail(ErrorCode::invalid_argument, "a time ends in Z or an offset such as +08:00");
}

} // namespace

std::string_view to_string(ClockQuality quality) {
    switch (quality) {
    case ClockQuality::synchronised:
        return "synchronised";
    case ClockQuality::holdover:
        return "holdover";
    case ClockQuality::unset:
        break;
    }
    return "unset";
}

Expected<ClockQuality> parse_clock_quality(std::string_view text) {
    for (const auto quality : {ClockQuality::synchronised, ClockQuality::holdover, ClockQuality::unset}) {
        if (to_string(quality) == text) {
            return quality;
        }
    }
    return fail(ErrorCode::invalid_argument, "clock must be synchronised, holdover or unset");
}

ClockQuality clock_quality(const ClockFiles &files, std::int64_t wall_ms, std::int64_t boot_ms) {
    if (wall_ms < kEarliestWallMs) {
        return ClockQuality::unset;
    }
    bool set_in_this_boot = false;
    for (const auto *file : {&files.timesyncd, &files.chronyd}) {
        const auto at_ms = modified_ms(*file);
        if (!at_ms || *at_ms < wall_ms - boot_ms || *at_ms > wall_ms + kFileTimeSlackMs) {
            continue;
        }
        if (wall_ms - *at_ms <= kFreshMs) {
            return ClockQuality::synchronised;
        }
        set_in_this_boot = true;
    }
    return set_in_this_boot || chip_kept_time(files.clock_chip) ? ClockQuality::holdover : ClockQuality::unset;
}

std::unique_ptr<Clock> make_system_clock(TimeSource source, ClockFiles files) {
    return std::make_unique<SystemClock>(source, std::move(files));
}

std::string shanghai_time(std::int64_t wall_ms) {
    const CivilTime t = civil(wall_ms + kShanghaiOffsetMs);
    return fmt::format("{} {:02}:{:02}:{:02}", date_text(t.date), t.hour, t.minute, t.second);
}

std::string utc_time(std::int64_t wall_ms) {
    const CivilTime t = civil(wall_ms);
    return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", date_text(t.date), t.hour, t.minute, t.second, t.millisecond);
}

Expected<std::int64_t> parse_time(std::string_view text) {
    const int year = digits(text, 4);
    bool form = literal(text, '-');
    const int month = digits(text, 2);
    form = literal(text, '-') && form;
    const int day = digits(text, 2);
    form = (literal(text, 'T') || literal(text, ' ')) && form;
    const int hour = digits(text, 2);
    form = literal(text, ':') && form;
    const int minute = digits(text, 2);
    form = literal(text, ':') && form;
    const int second = digits(text, 2);
    const int millisecond = literal(text, '.') ? digits(text, 3) : 0;
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!form || year < 1970 || month < 0 || day < 0 || !date.ok() || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59 || millisecond < 0) {
        return fail(ErrorCode::invalid_argument, "a time is written like 2026-11-24T08:00:00+08:00");
    }
    auto offset = parse_offset(text);
    if (!offset) {
        return fail(offset, "time");
    }
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    return days * kDayMs + hour * 3'600'000LL + minute * 60'000LL + second * 1'000LL + millisecond - *offset;
}

} // namespace xueshi
