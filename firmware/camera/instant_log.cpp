#include "firmware/camera/instant_log.hpp"

#include <algorithm>
#include <cstdlib>

namespace xueshi::camera {
namespace {

/// More than all queues and encoders of the graph hold.
constexpr std::size_t kKept = 128;

} // namespace

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
