#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace xueshi::test {

/// What another thread delivers, kept until a test looks. Thread-safe.
template <typename T>
class Received {
public:
    void keep(T value) {
        const std::lock_guard lock(mutex_);
        list_.push_back(std::move(value));
        changed_.notify_all();
    }
    /// False when `count` of them do not come within a minute: a hang, not slowness.
    bool wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return list_.size() >= count; });
    }
    std::vector<T> copy() const {
        const std::lock_guard lock(mutex_);
        return list_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<T> list_;
};

} // namespace xueshi::test
