#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::test {

/// While it lives ALSA has one device, "loudspeaker", without hardware: ALSA's own plugin writes what it plays into a
/// pipe, from which it is taken about as fast as it would be heard (one channel, 16 bits, 48 kHz). The plugin goes by
/// fits and starts and leaves out pieces, up to half a second at the end: it says what is heard, not how long.
class Loudspeaker {
public:
    explicit Loudspeaker(const std::filesystem::path &directory) {
        const auto pipe = directory / "played", config = directory / "asound.conf";
        std::ofstream(config) << "pcm.loudspeaker { type file slave.pcm { type null } file \"" << pipe.string()
                              << "\" format \"raw\" }\n";
        if (::mkfifo(pipe.c_str(), 0600) == 0) {
            pipe_ = UniqueFd(::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
        }
        if (!pipe_ || ::fcntl(pipe_.get(), F_SETPIPE_SZ, 4'096) < 0) {
            throw std::runtime_error("cannot make the loudspeaker's pipe");
        }
        ::setenv("ALSA_CONFIG_PATH", config.c_str(), 1);
        thread_ = std::thread([this] { listen(); });
    }
    Loudspeaker(const Loudspeaker &) = delete;
    Loudspeaker &operator=(const Loudspeaker &) = delete;
    ~Loudspeaker() {
        ::unsetenv("ALSA_CONFIG_PATH");
        ending_ = true;
        thread_.join();
    }

    /// The loudest sample that was heard since it was asked last; 0: nothing was. Waits for what is on its way.
    int take_loudest() {
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
        return loudest_.exchange(0);
    }

private:
    static constexpr auto kPiece = std::chrono::milliseconds(10);

    void listen() {
        auto next = std::chrono::steady_clock::now();
        while (!ending_) {
            std::array<std::int16_t, 480> piece{};
            const auto bytes = ::read(pipe_.get(), piece.data(), sizeof piece);
            for (std::size_t i = 0; bytes > 0 && i < static_cast<std::size_t>(bytes) / sizeof(std::int16_t); ++i) {
                loudest_ = std::max(loudest_.load(), std::abs(int{piece[i]}));
            }
            std::this_thread::sleep_until(next += kPiece);
        }
    }

    UniqueFd pipe_;
    std::atomic<bool> ending_ = false;
    std::atomic<int> loudest_ = 0;
    std::thread thread_;
};

} // namespace xueshi::test
