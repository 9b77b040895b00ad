#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"

namespace xueshi {

/// How far the wall clock can be trusted (DESIGN: synchronised, holdover, unset).
enum class ClockQuality {
    synchronised, ///< disciplined by an NTP service or by the machine's host
    holdover,     ///< was set once, runs free now
    unset,        ///< before the year of this build: never set
};
std::string_view to_string(ClockQuality quality);
Expected<ClockQuality> parse_clock_quality(std::string_view text);

/// One moment, as this boot of this machine knows it.
struct Instant {
    std::int64_t wall_ms = 0; ///< UTC milliseconds since 1970
    std::string boot_id;      ///< kernel's random boot id, UUID text
    std::int64_t boot_ms = 0; ///< CLOCK_BOOTTIME milliseconds
    ClockQuality quality = ClockQuality::unset;
};

/// Where time comes from. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

/// Who disciplines the machine's clock; decides only what `quality` says.
enum class TimeSource {
    automatic, ///< timesyncd's or chrony's state files
    host,      ///< the machine's host does (a container or guest); always synchronised when set at all
};

std::unique_ptr<Clock> make_system_clock(TimeSource source);

/// "2026-11-24 14:05:09", Asia/Shanghai (UTC+8, no daylight saving since 1991): for people.
std::string shanghai_time(std::int64_t wall_ms);
/// "2026-11-24T06:05:09.123Z": for data.
std::string utc_time(std::int64_t wall_ms);
/// Reads utc_time's form, with or without milliseconds, or with an offset such as +08:00.
Expected<std::int64_t> parse_time(std::string_view text);

} // namespace xueshi
