#pragma once

#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "firmware/camera/gst/pipeline.hpp"
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

/// The pitch of a tone, by how often it crosses zero: of the middle half of what the units decode to.
inline double heard_hz(const std::vector<camera::SoundUnit> &units) {
    namespace gst = camera::gst;
    auto pipeline = gst::Pipeline::parse("appsrc name=in format=time "
                                         "caps=audio/mpeg,mpegversion=4,stream-format=adts,framed=true ! aacparse ! "
                                         "avdec_aac ! audioconvert ! audio/x-raw,format=S16LE,channels=1 ! "
                                         "appsink name=out sync=false");
    if (!pipeline || !pipeline->play()) {
        throw std::runtime_error("no AAC decoder");
    }
    for (const auto &unit : units) {
        if (!gst::push(pipeline->element("in"), unit.data, unit.pts_ns, unit.duration_ns)) {
            throw std::runtime_error("the decoder takes nothing");
        }
    }
    gst::end_stream(pipeline->element("in"));
    std::vector<std::int16_t> samples;
    const auto out = pipeline->element("out");
    for (;;) {
        const auto sample = gst::pull(*pipeline, out, std::chrono::seconds(10));
        if (!sample) {
            throw std::runtime_error(sample.error().message);
        }
        if (!*sample) {
            break;
        }
        const auto bytes = gst::bytes_of(*sample);
        const auto begin = samples.size();
        samples.resize(begin + bytes.size() / sizeof(std::int16_t));
        std::memcpy(samples.data() + begin, bytes.data(), (samples.size() - begin) * sizeof(std::int16_t));
    }
    const auto from = samples.size() / 4, until = samples.size() * 3 / 4;
    int rises = 0;
    for (auto i = from + 1; i < until; ++i) {
        rises += samples[i - 1] < 0 && samples[i] >= 0 ? 1 : 0;
    }
    return double(rises) * camera::kSoundRate / static_cast<double>(until - from);
}

/// A sine of 440 Hz, 16 bit, one channel, 48 kHz unless said otherwise; amplitude of 0 to 32,767.
inline void write_wav(const std::filesystem::path &path, int duration_ms, int amplitude, std::uint32_t rate = 48'000,
                      std::uint32_t channels = 1) {
    const auto samples = rate / 100 * static_cast<std::uint32_t>(duration_ms) / 10;
    std::ofstream file(path, std::ios::binary);
    const auto put = [&](std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            file.put(static_cast<char>(value >> (8 * i) & 0xFFu));
        }
    };
    file << "RIFF";
    put(36 + 2 * channels * samples, 4);
    file << "WAVEfmt ";
    put(16, 4);
    put(1, 2); // PCM
    put(channels, 2);
    put(rate, 4);
    put(2 * channels * rate, 4);
    put(2 * channels, 2);
    put(16, 2);
    file << "data";
    put(2 * channels * samples, 4);
    for (std::uint32_t i = 0; i < samples; ++i) {
        const double phase = 2 * std::numbers::pi * 440 * i / rate;
        for (std::uint32_t channel = 0; channel < channels; ++channel) {
            put(static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(amplitude * std::sin(phase)))), 2);
        }
    }
}

} // namespace xueshi::test
