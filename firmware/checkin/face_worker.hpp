#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "firmware/checkin/watch.hpp"
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
    /// Runs `job` on the worker's thread. Jobs and frames take turns, so that whoever is being recognised waits for one
    /// job at most. Thread-safe, from a job too.
    void run(Job job);

private:
    void loop();
    bool takes_job(bool after_job) const;
    void look(const camera::Frame &frame);

    std::unique_ptr<face::Pipeline> pipeline_;
    Watch watch_;
    Attention heeded_; ///< the worker's own copy, which keeps its memory
    Callbacks callbacks_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<camera::Frame> frame_;
    std::deque<Job> jobs_;
    Attention attention_;
    bool stopping_ = false;
    std::thread thread_; ///< last: starts when all else is there
};

} // namespace xueshi::checkin
