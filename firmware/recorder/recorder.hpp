#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "firmware/camera/camera.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::recorder {

struct Options {
    std::filesystem::path media_directory;
    std::int64_t before_ms = 5'000; ///< of a clip, before the punch (cut back to the key frame before)
    std::int64_t after_ms = 3'000;
    std::size_t ring_bytes = 8u << 20;
    std::size_t waiting_bytes = 48u << 20; ///< of clips that the disk has not taken yet; then none is started
};

/// Cuts clips out of the camera's encoded units. A clip's file is closed, fsynced, renamed and its directory fsynced;
/// then `clip_saved` is appended.
class Recorder {
public:
    /// `sink` and `clock` outlive the recorder. `source` goes into the events, until `set_source`.
    static Expected<std::unique_ptr<Recorder>> create(const Options &options, record::EventSink &sink,
                                                      const Clock &clock, record::Source source);
    virtual ~Recorder() = default;

    /// Thread-safe; called from the camera's thread; never blocks on the disk.
    virtual void push(camera::Unit unit) = 0;
    /// Of the clips that are started from now on: a camera that comes back may be another. Thread-safe.
    virtual void set_source(record::Source source) = 0;
    /// Starts a clip about `at`; the id is valid at once and named in the punch. Thread-safe. Overlapping clips share
    /// the ring. Empty id: no unit has come from the camera, so there is nothing to record.
    virtual MediaId start_clip(const Instant &at) = 0;
    /// Nobody was recognised in this clip: what is kept of it shows nobody. To be called at once, before its film is
    /// over; false: there is no such clip, or it is on disk already. Thread-safe.
    virtual bool blur(const MediaId &) { return false; }
    /// Finishes what is open and waits for it. Idempotent.
    virtual void stop() = 0;
};

} // namespace xueshi::recorder
