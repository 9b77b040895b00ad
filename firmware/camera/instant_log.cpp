#include "firmware/camera/instant_log.hpp"

#include <algorithm>
#include <cstdlib>

namespace xueshi::camera {
namespace {

/// More than all queues and encoders of the graph hold.
constexpr std::size_t kKept = 128;
/// Of a picture or a sound on its way from the device; more is a wrong timestamp.
constexpr std::int64_t kMaxAgeMs = 2'000;

} // namespace

Instant InstantLog::capture(const Clock &clock, std::int64_t captured_ns, std::int64_t running_ns) {
    auto instant = clock.now();
    if (captured_ns >= 0) {
        const auto age_ms = std::clamp<std::int64_t>((running_ns - captured_ns) / 1'000'000, 0, kMaxAgeMs);
        instant.wall_ms -= age_ms;
        instant.boot_ms -= age_ms;
        remember(captured_ns, instant);
    }
    return instant;
}

void InstantLog::remember(std::int64_t running_ns, const Instant &captured) {
    const std::lock_guard lock(mutex_);
    if (entries_.size() == kKept) {
        entries_.pop_front();
    }
    entries_.push_back({running_ns, captured});
}

Instant InstantLog::find(std::int64_t running_ns) const {
    const std::lock_guard lock(mutex_);
    const auto nearest = std::min_element(entries_.begin(), entries_.end(), [&](const Entry &a, const Entry &b) {
        return std::abs(a.running_ns - running_ns) < std::abs(b.running_ns - running_ns);
    });
    return nearest == entries_.end() ? Instant{} : nearest->captured;
}

} // namespace xueshi::camera
