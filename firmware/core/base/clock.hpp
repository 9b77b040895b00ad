#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "firmware/core/base/error.hpp"

namespace xueshi {

/// How far the wall clock can be trusted (DESIGN: synchronised, holdover, unset).
enum class ClockQuality {
    synchronised, ///< disciplined by an NTP service or by the machine's host
    holdover,     ///< set earlier, by a service or from a good clock chip; runs free now
    unset,        ///< never set in this boot, and no clock chip that could have kept it
};
std::string_view to_string(ClockQuality quality);
Expected<ClockQuality> parse_clock_quality(std::string_view text);

/// One moment, as this boot of this machine knows it.
struct Instant {
    std::int64_t wall_ms = 0; ///< UTC milliseconds since 1970
    std::string boot_id;      ///< kernel's random boot id, UUID text; of the system clock empty where it cannot be read
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
    automatic, ///< systemd-timesyncd or chronyd, by ClockFiles
    host,      ///< the machine's host does (a container or guest); always synchronised when set at all
};

/// Files that show what disciplined the clock. (A sandbox with ProtectClock= may not ask the kernel by adjtimex.)
struct ClockFiles {
    /// systemd-timesyncd touches it at each synchronisation, at least every 2048 s; /run forgets it with the boot.
    std::filesystem::path timesyncd = "/run/systemd/timesync/synchronized";
    /// The same of chronyd, which has no such file: xueshi-clock.timer asks it every minute and gives this file the
    /// time of chronyd's last measurement (every 1024 s at most, as chronyd is shipped).
    std::filesystem::path chronyd = "/run/xueshi-clock/synchronized";
    /// The clock chip's own time in seconds: one with a flat battery starts again at 1970 or 2000.
    std::filesystem::path clock_chip = "/sys/class/rtc/rtc0/since_epoch";
};
/// How good a clock that reads `wall_ms` is, by the files' age in this boot. A file from the future tells of a clock
/// that was set back since, and proves nothing.
ClockQuality clock_quality(const ClockFiles &files, std::int64_t wall_ms, std::int64_t boot_ms);

std::unique_ptr<Clock> make_system_clock(TimeSource source, ClockFiles files = {});

/// "2026-11-24 14:05:09", Asia/Shanghai (UTC+8, no daylight saving since 1991): for people.
std::string shanghai_time(std::int64_t wall_ms);
/// "2026-11-24T06:05:09.123Z": for data.
std::string utc_time(std::int64_t wall_ms);
/// Reads utc_time's form, with or without milliseconds, or with an offset such as +08:00.
Expected<std::int64_t> parse_time(std::string_view text);

} // namespace xueshi
