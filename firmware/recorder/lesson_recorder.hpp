#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/microphone.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/recorder/evidence.hpp"
#include "firmware/recorder/span.hpp"

namespace xueshi::recorder {

/// Bytes that are free for others than root on the disk of `path`; -1: it cannot be said.
std::int64_t free_bytes_on_disk(const std::filesystem::path &path);

struct LessonOptions {
    std::filesystem::path media_directory;
    std::string camera = "classroom";      ///< which one films: goes into the events
    bool wants_sound = false;              ///< there should be a microphone: film without sound is not usable
    std::int64_t longest_ms = 45 * 60'000; ///< of one film, also where no plan ends it
    std::int64_t keep_free = 512ll << 20;  ///< bytes that lesson video never takes (F03)
    std::int64_t sync_ms = 5'000;          ///< at most so much is lost in a power cut, and a fragment
    std::size_t queue_bytes = 32u << 20;   ///< units that wait for a slow disk; more are a gap
    std::function<std::int64_t(const std::filesystem::path &)> free_bytes = free_bytes_on_disk;
};

/// Films lessons: one fragmented MP4 a span of the plan, cut at key frames, closed before it is journaled. A film ends
/// early when camera or microphone are lost; the next one begins when they are back. All is written by one thread of
/// its own, which first mends what an earlier end of power or program left.
class LessonRecorder {
public:
    /// `sink`, `clock` and `evidence` outlive the recorder.
    static Expected<std::unique_ptr<LessonRecorder>> create(LessonOptions options, record::EventSink &sink,
                                                            const Clock &clock, Evidence &evidence);
    virtual ~LessonRecorder() = default;

    // All thread-safe; none waits for the disk but `stop`.
    virtual void push(camera::Unit unit) = 0;
    virtual void push(camera::SoundUnit unit) = 0;
    virtual void set_plan(Plan plan) = 0;
    /// Of the films that begin from now on: the camera, and the microphone where they have sound.
    virtual void set_source(record::Source camera) = 0;
    virtual void set_sound_source(record::Source microphone) = 0;
    virtual void camera_lost() = 0;
    virtual void microphone_lost() = 0; ///< it is back when its sound comes

    struct State {
        bool filming = false;
        bool stopped_for_space = false;
        std::int64_t unsaved = 0; ///< films on disk that are not in the journal yet, with the one that grows
        std::int64_t dropped = 0; ///< units that found no place in the queue, since the start
    };
    virtual State state() const = 0;
    /// Finishes what grows and journals it. Idempotent.
    virtual void stop() = 0;
};

} // namespace xueshi::recorder
