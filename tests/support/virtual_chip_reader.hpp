#pragma once

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>

#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/unique_fd.hpp"
#include "tests/support/reader_events.hpp"

namespace xueshi::test {

/// libfprint's match-on-chip simulations, "virtual_device" and "virtual_device_storage". One per process at a time.
class VirtualChipReader : public ReaderEvents {
public:
    explicit VirtualChipReader(const std::string &driver) : VirtualChipReader(driver, driver) {}
    /// `driver` empty: only the simulation of `simulated`, for whoever opens it by himself.
    VirtualChipReader(const std::string &driver, const std::string &simulated)
        : variable_(simulated == "virtual_device" ? "FP_VIRTUAL_DEVICE" : "FP_VIRTUAL_DEVICE_STORAGE"),
          folder_(std::filesystem::temp_directory_path() / ("xueshi-" + Uuid::v4().str())) {
        std::filesystem::create_directories(folder_);
        ::setenv(variable_, (folder_ / "s").c_str(), 1);
        if (!driver.empty()) {
            auto opened = fingerprint::open_libfprint_reader({.driver = driver});
            if (!opened) {
                throw std::runtime_error(opened.error().message);
            }
            reader = std::move(*opened);
        }
    }
    ~VirtualChipReader() {
        reader.reset();
        ::unsetenv(variable_); // the next reader is another
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

private:
    const char *variable_;
    std::filesystem::path folder_;

public:
    std::unique_ptr<fingerprint::Reader> reader;
};

} // namespace xueshi::test
