#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "firmware/checkin/scene.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::checkin {

/// The one recognition thread. It owns the networks; frames are never queued: the latest wins.
class FaceWorker {
public:
    struct Callbacks {
        std::function<void(FaceReport)> report; ///< from the worker's thread
        std::function<void(Error)> error;       ///< a stage failed on a frame; from the worker's thread
    };
    using Job = std::function<void(face::Pipeline &)>;

    FaceWorker(std::unique_ptr<face::Pipeline> pipeline, double second_face_ratio, Callbacks callbacks);
    /// Returns after the last callback has ended. Jobs that have not begun are dropped.
    ~FaceWorker();

    /// Thread-safe; returns at once.
    void offer(camera::Frame frame);
    /// Whom not to look at each frame. Thread-safe; holds until the next call.
    void attend(Attention attention);
    /// Runs `job` on the worker's thread, before the next frame. Thread-safe.
    void run(Job job);

private:
    void loop();
    void look(const camera::Frame &frame, const Attention &attention);
    Expected<void> observe(const camera::Frame &frame, const face::Detection &detection, const Attention &attention,
                           FaceReport &report);
    bool may_rest(std::uint64_t track, const Instant &at, const Attention &attention);

    std::unique_ptr<face::Pipeline> pipeline_;
    face::Tracker tracker_;
    // Kept from frame to frame, so that a frame without news allocates nothing.
    std::vector<face::Detection> detections_;
    std::vector<std::uint64_t> tracks_;
    Attention heeded_;
    double second_face_ratio_;
    Callbacks callbacks_;
    std::uint64_t best_track_ = 0; ///< whose best frame `best_` is
    float best_ = 0;               ///< quality
    std::int64_t looked_ms_ = 0;   ///< boot time of the last look at somebody decided about

    std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<camera::Frame> frame_;
    std::deque<Job> jobs_;
    Attention attention_;
    bool stopping_ = false;
    std::thread thread_; ///< last: starts when all else is there
};

} // namespace xueshi::checkin
