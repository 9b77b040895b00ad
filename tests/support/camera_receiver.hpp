#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "firmware/camera/camera.hpp"

namespace xueshi::test {

/// Keeps what a camera delivers. Thread-safe.
class CameraReceiver {
public:
    camera::Callbacks callbacks() {
        return {[this](camera::Frame frame) { keep(frames_, std::move(frame)); },
                [this](camera::Unit unit) { keep(units_, std::move(unit)); },
                [this](Error error) { keep(errors_, std::move(error)); }};
    }

    /// False when `count` of them do not come within a minute: a hang, not slowness.
    bool wait_for_frames(std::size_t count) { return wait(frames_, count); }
    bool wait_for_units(std::size_t count) { return wait(units_, count); }
    bool wait_for_errors(std::size_t count) { return wait(errors_, count); }

    std::vector<camera::Frame> frames() const { return copy(frames_); }
    std::vector<camera::Unit> units() const { return copy(units_); }
    std::vector<Error> errors() const { return copy(errors_); }

private:
    template <typename T>
    void keep(std::vector<T> &list, T value) {
        const std::lock_guard lock(mutex_);
        list.push_back(std::move(value));
        changed_.notify_all();
    }
    template <typename T>
    bool wait(const std::vector<T> &list, std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return list.size() >= count; });
    }
    template <typename T>
    std::vector<T> copy(const std::vector<T> &list) const {
        const std::lock_guard lock(mutex_);
        return list;
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<camera::Frame> frames_;
    std::vector<camera::Unit> units_;
    std::vector<Error> errors_;
};

} // namespace xueshi::test
