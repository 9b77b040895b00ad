#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <variant>

#include "firmware/core/base/ids.hpp"
#include "firmware/fingerprint/reader.hpp"
#include "firmware/fingerprint/virtual/feeder.hpp"

namespace xueshi::test {

/// libfprint's virtual reader and a hand that puts pictures on it. One per process at a time.
class VirtualFingerReader {
public:
    struct Matched {
        std::string label;
    };
    using Result = std::variant<fingerprint::Impression, fingerprint::Retry, Matched>;

    explicit VirtualFingerReader(bool bozorth3 = false)
        : folder_(std::filesystem::temp_directory_path() / ("xueshi-" + Uuid::v4().str())), feeder(folder_ / "s") {
        std::filesystem::create_directories(folder_);
        ::setenv("FP_VIRTUAL_IMAGE", (folder_ / "s").c_str(), 1);
        auto opened = fingerprint::open_libfprint_reader({.driver = "virtual_image", .bozorth3 = bozorth3});
        if (!opened) {
            throw std::runtime_error(opened.error().message);
        }
        reader = std::move(*opened);
    }
    ~VirtualFingerReader() {
        reader.reset();
        ::unsetenv("FP_VIRTUAL_IMAGE"); // the next reader may be another
        std::filesystem::remove_all(folder_);
    }

    fingerprint::Reader::Callbacks callbacks() {
        return {.impression = [this](fingerprint::Impression impression) { add(std::move(impression)); },
                .matched = [this](const std::string &label) { add(Matched{label}); },
                .retry = [this](fingerprint::Retry retry) { add(retry); },
                .presence =
                    [this](bool present) {
                        const std::lock_guard lock(mutex_);
                        presence_ = present;
                        changed_.notify_all();
                    },
                .stage =
                    [this](int done, int) {
                        const std::lock_guard lock(mutex_);
                        stage_ = done;
                        changed_.notify_all();
                    },
                .enrolled =
                    [this](Expected<fingerprint::ReaderPrint> print) {
                        const std::lock_guard lock(mutex_);
                        enrolled_ = std::move(print);
                        changed_.notify_all();
                    }};
    }

    /// What the reader makes of one picture; nullopt after 30 s.
    std::optional<Result> scan(const fingerprint::Picture &picture) {
        using namespace std::chrono_literals;
        if (!feeder.show(picture, 30s)) {
            return std::nullopt;
        }
        return next();
    }
    std::optional<Result> next() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(30), [this] { return result_.has_value(); });
        return std::exchange(result_, std::nullopt);
    }
    /// Of an enrolment by bozorth3.
    bool wait_for_stage(int stage) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return stage_ == stage; });
    }
    std::optional<Expected<fingerprint::ReaderPrint>> enrolled() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(30), [this] { return enrolled_.has_value(); });
        stage_ = -1;
        return std::exchange(enrolled_, std::nullopt);
    }
    bool wait_for_presence(bool present) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return presence_ == present; });
    }

private:
    void add(Result result) {
        const std::lock_guard lock(mutex_);
        result_ = std::move(result);
        changed_.notify_all();
    }

    std::filesystem::path folder_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Result> result_;
    std::optional<bool> presence_;
    std::optional<Expected<fingerprint::ReaderPrint>> enrolled_;
    int stage_ = -1;

public:
    fingerprint::Feeder feeder;
    std::unique_ptr<fingerprint::Reader> reader;
};

} // namespace xueshi::test
