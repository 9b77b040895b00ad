#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "firmware/checkin/scene.hpp"
#include "firmware/face/motion.hpp"

namespace xueshi::checkin {

/// From frames to reports: detect, track, choose whom to ask, and observe them as closely as they need. Every frame is
/// looked at while somebody is being recognised, and four of five then only follow the face; otherwise five frames a
/// second. While nobody is there, one a second is searched to the end of the room, and the others only for who steps
/// up, only when something moves. Thread-bound; borrows the pipeline.
class Watch {
public:
    Watch(face::Pipeline &pipeline, double second_face_ratio)
        : pipeline_(pipeline), second_face_ratio_(second_face_ratio) {}

    /// Nothing: this frame was left out.
    Expected<std::optional<FaceReport>> look(const camera::Frame &frame, const Attention &attention);

private:
    bool may_skip(const camera::Frame &frame, const Attention &attention);
    bool may_rest(std::uint64_t track, const Instant &at, const Attention &attention);
    bool is_empty(std::int64_t now_ms) const;
    Expected<void> find_faces(const camera::Frame &frame, const Attention &attention);
    Expected<void> search(const camera::Frame &frame);
    Expected<bool> follow(const camera::Frame &frame, const Attention &attention);
    Expected<void> observe(const camera::Frame &frame, const face::Detection &detection, const Attention &attention,
                           FaceReport &report);

    static constexpr std::int64_t kLongAgo = -3'600'000;

    face::Pipeline &pipeline_;
    double second_face_ratio_;
    face::Tracker tracker_;
    face::Motion motion_;
    // Kept from frame to frame, so that a frame without news allocates nothing.
    std::vector<face::Detection> detections_;
    std::vector<std::uint64_t> tracks_;
    std::optional<face::Detection> asked_; ///< of the frame before: who is being recognised
    std::uint64_t asked_track_ = 0;
    int followed_ = 0;             ///< frames since the whole one was searched
    std::uint64_t best_track_ = 0; ///< whose best frame `best_` is
    float best_ = 0;               ///< quality
    // Boot times.
    std::int64_t looked_ms_ = kLongAgo;  ///< the last frame that was looked at
    std::int64_t room_ms_ = kLongAgo;    ///< the last one that was searched to the end of the room
    std::int64_t someone_ms_ = kLongAgo; ///< the last one with a face large enough to be used
    std::int64_t asked_ms_ = kLongAgo;   ///< the last one that brought recognition forward
    std::int64_t decided_ms_ = kLongAgo; ///< the last look at somebody decided about
};

} // namespace xueshi::checkin
