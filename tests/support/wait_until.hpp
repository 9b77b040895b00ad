#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace xueshi::test {

/// Waits for what other threads do; a minute is a hang. False: it did not come.
inline bool wait_until(const std::function<bool()> &condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

} // namespace xueshi::test
