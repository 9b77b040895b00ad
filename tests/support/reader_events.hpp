#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "firmware/fingerprint/reader.hpp"

namespace xueshi::test {

/// What a matching reader calls back, each taken once; nullopt after 20 s.
class ReaderEvents {
public:
    fingerprint::Reader::Callbacks callbacks() {
        fingerprint::Reader::Callbacks made;
        made.matched = [this](const std::string &label) { set([&] { matched_ = label; }); };
        made.retry = [this](fingerprint::Retry retry) { set([&] { retry_ = retry; }); };
        made.presence = [this](bool present) { set([&] { presence_ = present; }); };
        made.stage = [this](int done, int) {
            if (when_stage) {
                when_stage(done);
            }
            set([&] { stages_ = done; });
        };
        made.enrolled = [this](Expected<fingerprint::ReaderPrint> print) {
            set([&] { enrolled_ = std::move(print); });
        };
        made.exchanged = [this](const std::string &label) { set([&] { exchanged_ = label; }); };
        made.known = [this](const std::string &label) { set([&] { known_ = label; }); };
        made.forgotten = [this](const fingerprint::ReaderPrint &, const Expected<void> &done) {
            set([&] { forgotten_ = done; });
        };
        return made;
    }

    /// In the reader's thread, before it goes on; set before the order that it is for.
    std::function<void(int)> when_stage;

    std::optional<std::string> matched() { return take(matched_); }
    std::optional<fingerprint::Retry> retry() { return take(retry_); }
    std::optional<Expected<fingerprint::ReaderPrint>> enrolled() {
        auto print = take(enrolled_);
        set([&] { stages_ = -1; });
        return print;
    }
    std::optional<bool> presence() { return take(presence_); }
    std::optional<std::string> exchanged() { return take(exchanged_); }
    std::optional<std::string> known() {
        auto label = take(known_);
        set([&] { stages_ = -1; });
        return label;
    }
    std::optional<Expected<void>> forgotten() { return take(forgotten_); }
    bool wait_for_stage(int stage) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return stages_ >= stage; });
    }

private:
    template <typename Change>
    void set(Change change) {
        const std::lock_guard lock(mutex_);
        change();
        changed_.notify_all();
    }
    template <typename T>
    std::optional<T> take(std::optional<T> &value) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return value.has_value(); });
        return std::exchange(value, std::nullopt);
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<std::string> matched_, known_, exchanged_;
    std::optional<Expected<void>> forgotten_;
    std::optional<fingerprint::Retry> retry_;
    std::optional<bool> presence_;
    std::optional<Expected<fingerprint::ReaderPrint>> enrolled_;
    int stages_ = -1; ///< -1: none told since the last enrolment
};

} // namespace xueshi::test
