#pragma once

#include <mutex>

#include "firmware/core/base/clock.hpp"

namespace xueshi::test {

/// A clock that a test moves. Thread-safe.
class FakeClock final : public Clock {
public:
    static constexpr std::int64_t kStartMs = 1'788'200'000'000; ///< in 2026

    explicit FakeClock(std::int64_t wall_ms = kStartMs)
        : now_{wall_ms, "11111111-2222-4333-8444-555555555555", 60'000, ClockQuality::synchronised} {}

    Instant now() const override {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    /// Time passes: both clocks go on.
    void advance(std::int64_t ms) {
        const std::lock_guard lock(mutex_);
        now_.wall_ms += ms;
        now_.boot_ms += ms;
    }
    /// Somebody sets the wall clock; boot time does not know.
    void set_wall(std::int64_t wall_ms) {
        const std::lock_guard lock(mutex_);
        now_.wall_ms = wall_ms;
    }
    void set_quality(ClockQuality quality) {
        const std::lock_guard lock(mutex_);
        now_.quality = quality;
    }
    void reboot(std::string boot_id) {
        const std::lock_guard lock(mutex_);
        now_.boot_id = std::move(boot_id);
        now_.boot_ms = 0;
    }

private:
    mutable std::mutex mutex_;
    Instant now_;
};

} // namespace xueshi::test
