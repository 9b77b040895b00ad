#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>

#include "firmware/camera/microphone.hpp"
#include "tests/support/receiver.hpp"

namespace xueshi::test {

/// Keeps what a microphone delivers. Thread-safe.
class SoundReceiver {
public:
    camera::SoundCallbacks callbacks() {
        return {[this](camera::SoundUnit unit) { units_.keep(std::move(unit)); },
                [this](camera::SoundLevel level) { levels_.keep(level); },
                [this](Error error) { errors_.keep(std::move(error)); }};
    }
    bool wait_for_units(std::size_t count) { return units_.wait_for(count); }
    bool wait_for_levels(std::size_t count) { return levels_.wait_for(count); }
    bool wait_for_errors(std::size_t count) { return errors_.wait_for(count); }
    std::vector<camera::SoundUnit> units() const { return units_.copy(); }
    std::vector<camera::SoundLevel> levels() const { return levels_.copy(); }
    std::vector<Error> errors() const { return errors_.copy(); }

private:
    Received<camera::SoundUnit> units_;
    Received<camera::SoundLevel> levels_;
    Received<Error> errors_;
};

/// A sine of 440 Hz, 16 bit, one channel, 48 kHz; amplitude of 0 to 32,767.
inline void write_wav(const std::filesystem::path &path, int duration_ms, int amplitude) {
    const std::uint32_t rate = 48'000, samples = rate / 1'000 * static_cast<std::uint32_t>(duration_ms);
    std::ofstream file(path, std::ios::binary);
    const auto put = [&](std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            file.put(static_cast<char>(value >> (8 * i) & 0xFFu));
        }
    };
    file << "RIFF";
    put(36 + 2 * samples, 4);
    file << "WAVEfmt ";
    put(16, 4);
    put(1, 2); // PCM
    put(1, 2);
    put(rate, 4);
    put(2 * rate, 4);
    put(2, 2);
    put(16, 2);
    file << "data";
    put(2 * samples, 4);
    for (std::uint32_t i = 0; i < samples; ++i) {
        const double phase = 2 * std::numbers::pi * 440 * i / rate;
        put(static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(amplitude * std::sin(phase)))), 2);
    }
}

} // namespace xueshi::test
