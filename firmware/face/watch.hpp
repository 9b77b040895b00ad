#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "firmware/face/face.hpp"

namespace xueshi::face {

/// A face that is followed from frame to frame.
struct WatchedFace {
    std::uint64_t track = 0;
    Observation observation; ///< embedding and liveness only where this frame was worth it
    bool observed = false;   ///< this frame was looked at beyond its box
    bool settled = false;
};

/// The whole pipeline over a stream of frames: detect, track, quality, liveness, embedding. The nearest face is asked
/// first: it alone is observed, and only until it is settled; up to four are followed. An embedding is made only of
/// frames as good as the track's best. Thread-bound; borrows the pipeline. No allocation once its memory is there.
class Watch {
public:
    static constexpr std::size_t kMaxTracks = 4;

    explicit Watch(Pipeline &pipeline) : pipeline_(pipeline) {}

    /// Faces of this frame, largest first. Valid until the next call.
    Expected<std::span<const WatchedFace>> look(const camera::Frame &frame);
    /// The track's face has its answer: from now on it is followed, and no network but the detector runs for it.
    /// Unknown tracks are ignored.
    void settle(std::uint64_t track);
    /// Asks a settled face again.
    void unsettle(std::uint64_t track);

private:
    struct Track {
        std::uint64_t number = 0;
        float best = 0; ///< quality
        bool settled = false;
        bool present = false;
    };
    Track *find(std::uint64_t number);
    Track &follow(std::uint64_t number);
    Expected<void> observe(const camera::Frame &frame, WatchedFace &face, Track &track);

    Pipeline &pipeline_;
    Tracker tracker_;
    std::vector<Detection> detections_;
    std::vector<std::uint64_t> numbers_;
    std::vector<Track> tracks_;
    std::array<WatchedFace, kMaxTracks> faces_;
};

} // namespace xueshi::face
