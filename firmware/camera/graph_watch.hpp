#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "firmware/camera/gst/pipeline.hpp"

namespace xueshi::camera {

/// Tells the first failure of a running graph: what its bus says, its stream's end, or that nothing comes any more. A
/// thread of its own; ends with the object.
class GraphWatch {
public:
    struct Limits {
        std::chrono::milliseconds first; ///< until the first picture or sound
        std::chrono::milliseconds next;  ///< between two of them
    };
    /// `pipeline` outlives the watch. `what`: "picture from the camera". `failed` is called once at most, from the
    /// watch's thread.
    GraphWatch(gst::Pipeline &pipeline, std::string what, Limits limits,
               std::function<void(const gst::Pipeline::Report &)> failed);
    ~GraphWatch();

    /// Once the graph plays: until then its bus belongs to whoever starts it, and wants to say why it does not.
    void begin();
    /// A picture or a piece of sound came. Thread-safe.
    void alive();

private:
    using SteadyTime = std::chrono::steady_clock::time_point;
    void run();
    bool stalled() const;

    gst::Pipeline &pipeline_;
    const std::string what_;
    const Limits limits_;
    const std::function<void(const gst::Pipeline::Report &)> failed_;
    std::atomic<bool> stopping_ = false, any_ = false;
    std::atomic<SteadyTime> last_;
    std::thread thread_;
};

} // namespace xueshi::camera
