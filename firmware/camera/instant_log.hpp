#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "firmware/core/base/clock.hpp"

namespace xueshi::camera {

/// When the pictures now inside the graph were captured, by their running time. Thread-safe.
class InstantLog {
public:
    void remember(std::int64_t running_ns, const Instant &captured);
    /// Of the picture nearest to `running_ns`: encoders round times to microseconds.
    Instant find(std::int64_t running_ns) const;

private:
    struct Entry {
        std::int64_t running_ns;
        Instant captured;
    };
    mutable std::mutex mutex_;
    std::deque<Entry> entries_;
};

} // namespace xueshi::camera
