#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

/// A network camera that other people's software plays: Debian's RTSP server of GStreamer in a process of its own
/// (tests/firmware/camera/rtsp_camera.cpp).
namespace xueshi::test {

/// Pictures with a moving ball, as H.264.
inline std::string camera_picture(int width, int height, int frames_per_second) {
    return fmt::format("videotestsrc is-live=true pattern=ball ! video/x-raw,width={},height={},framerate={}/1 ! "
                       "x264enc tune=zerolatency speed-preset=ultrafast key-int-max={} ! rtph264pay name=pay0 pt=96",
                       width, height, frames_per_second, frames_per_second);
}

/// A tone of 440 Hz at -17 dB of full scale, packed by `payloader`, which encodes it first.
inline std::string camera_sound(int rate, int channels, const std::string &payloader) {
    return fmt::format(" audiotestsrc is-live=true freq=440 volume=0.2 ! audio/x-raw,rate={},channels={} ! "
                       "audioconvert ! {} name=pay1 pt=97",
                       rate, channels, payloader);
}

class NetworkCamera {
public:
    /// Streams `line` at a free port.
    explicit NetworkCamera(const std::string &line) { plug_in(line); }

    std::string url() const { return fmt::format("rtsp://127.0.0.1:{}/lesson", port_); }
    /// Nothing says goodbye: the process is killed.
    void unplug() { process_.reset(); }
    /// At the same address, whatever it streams now.
    void plug_in(const std::string &line) {
        const auto log = directory_ / fmt::format("log-{}", ++starts_);
        process_.emplace(std::vector<std::string>{XUESHI_RTSP_CAMERA, std::to_string(port_), "( " + line + " )"}, log);
        for (int i = 0; i < 3'000; ++i) {
            if (std::ifstream(log) >> port_ && port_ > 0) {
                return;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        throw std::runtime_error("the network camera does not start");
    }

private:
    TemporaryDirectory directory_;
    int port_ = 0, starts_ = 0;
    std::optional<Process> process_;
};

} // namespace xueshi::test
