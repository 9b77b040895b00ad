#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "firmware/core/base/clock.hpp"

namespace xueshi::camera {

/// When the pictures now inside the graph were captured, by their running time. Thread-safe.
class InstantLog {
public:
    /// When a buffer was captured that passes now: what has passed since, by the graph's running time, is taken off the
    /// clock's present. Remembered, unless the buffer has no time (`captured_ns` is -1): then it is the present.
    Instant capture(const Clock &clock, std::int64_t captured_ns, std::int64_t running_ns);
    /// Of the picture nearest to `running_ns`: encoders round times to microseconds.
    Instant find(std::int64_t running_ns) const;

private:
    void remember(std::int64_t running_ns, const Instant &captured);
    struct Entry {
        std::int64_t running_ns;
        Instant captured;
    };
    mutable std::mutex mutex_;
    std::deque<Entry> entries_;
};

} // namespace xueshi::camera
