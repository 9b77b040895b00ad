#pragma once

#include <cstdlib>
#include <optional>

#include "firmware/core/base/clock.hpp"

namespace xueshi::terminald {

/// Notices that somebody set the wall clock: it moved against boot time.
class ClockWatch {
public:
    /// Slewing by NTP stays far below this between two looks.
    static constexpr std::int64_t kLeastStepMs = 1'000;

    /// The step since the last look; nothing: none.
    std::optional<std::int64_t> look(const Instant &now) {
        const auto offset = now.wall_ms - now.boot_ms;
        const auto step = offset_ ? offset - *offset_ : 0;
        offset_ = offset;
        return std::abs(step) >= kLeastStepMs ? std::optional(step) : std::nullopt;
    }

private:
    std::optional<std::int64_t> offset_;
};

} // namespace xueshi::terminald
