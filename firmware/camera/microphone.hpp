#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::camera {

enum class SoundKind { alsa, rtsp, file, test };
Expected<SoundKind> parse_sound_kind(std::string_view text);

struct SoundOptions {
    SoundKind kind = SoundKind::alsa;
    std::string device = "default"; ///< alsa: as arecord names it; rtsp: the URL
    std::filesystem::path file;     ///< file: whatever GStreamer decodes; ends as a microphone that is unplugged
    int bitrate_kbit = 64;          ///< speech of one channel
};

inline constexpr int kSoundRate = 48'000, kSamplesPerUnit = 1'024;

/// One frame of AAC-LC, one channel, in ADTS (ISO/IEC 13818-7): 1,024 samples at 48 kHz.
struct SoundUnit {
    Bytes data;
    std::int64_t pts_ns = 0; ///< running time of the graph
    std::int64_t duration_ns = 0;
    Instant captured;
};

/// How loud a tenth of a second was.
struct SoundLevel {
    double dbfs = 0; ///< root mean square against full scale; digital silence is -100
    Instant captured;
};

struct SoundCallbacks {
    std::function<void(SoundUnit)> unit; ///< every one, in order
    std::function<void(SoundLevel)> level;
    std::function<void(Error)> error; ///< the graph stopped: unplugged, no permission, codec missing
};

/// The classroom's sound, in a graph of its own: a lost microphone does not stop the picture. Callbacks come from
/// GStreamer's threads: hand over and return.
class Microphone {
public:
    /// `clock` outlives the microphone. `unsupported` when this machine has no AAC encoder.
    static Expected<std::unique_ptr<Microphone>> create(const SoundOptions &options, const Clock &clock);
    virtual ~Microphone() = default;
    virtual Expected<void> start(SoundCallbacks callbacks) = 0;
    /// Returns after the last callback has ended; never call it from one. Idempotent; start may follow.
    virtual void stop() = 0;
    virtual std::string driver() const = 0; ///< "alsa", "rtsp", "file", "test": goes into the events' source
    virtual SoundKind kind() const = 0;
};

/// The graph in the words of gst-launch, with the AAC encoder `encoder`.
std::string describe_sound_graph(const SoundOptions &options, std::string_view encoder);

} // namespace xueshi::camera
