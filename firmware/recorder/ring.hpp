#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "firmware/camera/camera.hpp"

namespace xueshi::recorder {

/// Shared, because the ring and each clip that overlaps a moment hold the same unit; none of them changes it.
using UnitPtr = std::shared_ptr<const camera::Unit>;

/// The newest encoded units, at most so many bytes and no older than any clip can want, beginning with a key frame.
/// Time is boot time: the wall clock may step. Thread-bound.
class Ring {
public:
    Ring(std::size_t max_bytes, std::int64_t kept_ms) : max_bytes_(max_bytes), kept_ms_(kept_ms) {}

    /// Units before the first key frame are left out: nothing could decode them.
    void push(UnitPtr unit);
    /// From the key frame at or before `boot_ms`, else from the oldest, to the newest.
    std::vector<UnitPtr> since(std::int64_t boot_ms) const;
    bool empty() const { return units_.empty(); }
    /// Of a ring that is not empty.
    std::int64_t newest_boot_ms() const { return units_.back()->captured.boot_ms; }

private:
    void drop_oldest_group();
    bool is_oldest_group_past() const;

    std::size_t max_bytes_;
    std::int64_t kept_ms_;
    std::size_t bytes_ = 0;
    std::deque<UnitPtr> units_;
};

} // namespace xueshi::recorder
