#pragma once

#include <chrono>
#include <functional>

namespace xueshi::sync {

/// How long to wait before trying again: doubling from `first` to `longest`, each time a random half to whole of it, so
/// that a thousand terminals do not come back at one moment. Never less than the server asked for.
class Backoff {
public:
    using Random = std::function<double()>; ///< [0, 1)

    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest, Random random)
        : first_(first), longest_(longest), random_(std::move(random)) {}

    /// After a failure. `retry_after_s`: as told by the server, else negative.
    std::chrono::milliseconds next(int retry_after_s = -1);
    /// After a success.
    void reset() { failures_ = 0; }

private:
    std::chrono::milliseconds first_, longest_;
    Random random_;
    int failures_ = 0;
};

/// Seeded from the kernel.
Backoff::Random system_random();

} // namespace xueshi::sync
