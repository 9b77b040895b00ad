#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "firmware/camera/camera.hpp"
#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::camera::replay {

/// Draws the playlist's pictures in a thread of its own and feeds them to an appsrc, `frames_per_second` of real time.
/// Ends with the object.
class ReplaySource {
public:
    /// `clock` and `pipeline` outlive the source. Its element `source` is an appsrc, and it is playing.
    ReplaySource(const Options &options, const Clock &clock, const gst::Pipeline &pipeline);
    ~ReplaySource();

private:
    void run();

    const Options options_;
    const Clock &clock_;
    const gst::Pipeline &pipeline_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace xueshi::camera::replay
