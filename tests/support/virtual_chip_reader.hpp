#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>

#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/unique_fd.hpp"
#include "firmware/fingerprint/reader.hpp"

namespace xueshi::test {

/// libfprint's match-on-chip simulations, "virtual_device" and "virtual_device_storage". One per process at a time.
class VirtualChipReader {
public:
    explicit VirtualChipReader(const std::string &driver)
        : folder_(std::filesystem::temp_directory_path() / ("xueshi-" + Uuid::v4().str())) {
        std::filesystem::create_directories(folder_);
        const char *variable = driver == "virtual_device" ? "FP_VIRTUAL_DEVICE" : "FP_VIRTUAL_DEVICE_STORAGE";
        ::setenv(variable, (folder_ / "s").c_str(), 1);
        auto opened = fingerprint::open_libfprint_reader(driver);
        if (!opened) {
            throw std::runtime_error(opened.error().message);
        }
        reader = std::move(*opened);
    }
    ~VirtualChipReader() {
        reader.reset();
        std::filesystem::remove_all(folder_);
    }

    /// "SCAN left", "RETRY 1", "UNPLUG"; waits until the driver listens.
    bool tell(const std::string &command) const {
        for (int i = 0; i < 300; ++i) {
            const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            std::strncpy(address.sun_path, (folder_ / "s").c_str(), sizeof(address.sun_path) - 1);
            if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 0) {
                return ::send(fd.get(), command.data(), command.size(), MSG_NOSIGNAL) ==
                       static_cast<ssize_t>(command.size());
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    }

    fingerprint::Reader::Callbacks callbacks() {
        fingerprint::Reader::Callbacks made;
        made.matched = [this](const std::string &label) { set([&] { matched_ = label; }); };
        made.retry = [this](fingerprint::Retry retry) { set([&] { retry_ = retry; }); };
        made.presence = [this](bool present) { set([&] { presence_ = present; }); };
        made.stage = [this](int done, int) { set([&] { stages_ = done; }); };
        made.enrolled = [this](Expected<fingerprint::ReaderPrint> print) {
            set([&] { enrolled_ = std::move(print); });
        };
        return made;
    }

    std::optional<std::string> matched() { return take(matched_); }
    std::optional<fingerprint::Retry> retry() { return take(retry_); }
    std::optional<Expected<fingerprint::ReaderPrint>> enrolled() { return take(enrolled_); }
    std::optional<bool> presence() { return take(presence_); }
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

    std::filesystem::path folder_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<std::string> matched_;
    std::optional<fingerprint::Retry> retry_;
    std::optional<bool> presence_;
    std::optional<Expected<fingerprint::ReaderPrint>> enrolled_;
    int stages_ = 0;

public:
    std::unique_ptr<fingerprint::Reader> reader;
};

} // namespace xueshi::test
