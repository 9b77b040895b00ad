#pragma once

#include <cstdint>

#include "firmware/core/base/clock.hpp"

namespace xueshi::recorder {

/// From one unit of a track to the next, in nanoseconds, at least 2 ms: the graph's time while it agrees with boot
/// time, boot time over a restart of the graph.
std::int64_t step_ns(std::int64_t from_pts_ns, std::int64_t from_boot_ms, std::int64_t to_pts_ns,
                     std::int64_t to_boot_ms);

/// Where the units of one track of a film belong: always rising, and in step with the boot clock, which is the other
/// track's too. Thread-bound.
class Timeline {
public:
    /// The film begins at `begin_boot_ms`.
    explicit Timeline(std::int64_t begin_boot_ms) : begin_boot_ms_(begin_boot_ms) {}

    /// Nanoseconds since the film's beginning; negative: the unit lies before it.
    std::int64_t place(std::int64_t pts_ns, std::int64_t boot_ms);

private:
    std::int64_t begin_boot_ms_;
    bool any_ = false;
    std::int64_t pts_ns_ = 0, boot_ms_ = 0, place_ns_ = 0; ///< of the unit before
};

} // namespace xueshi::recorder
