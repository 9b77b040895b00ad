#include "firmware/camera/replay/replay_source.hpp"

#include <chrono>

#include "firmware/camera/replay/playlist_file.hpp"
#include "firmware/camera/replay/scene.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::camera::replay {

ReplaySource::ReplaySource(const Options &options, const Clock &clock, const gst::Pipeline &pipeline)
    : options_(options), clock_(clock), pipeline_(pipeline), thread_([this] { run(); }) {}

ReplaySource::~ReplaySource() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void ReplaySource::run() {
    using SteadyClock = std::chrono::steady_clock;
    const auto interval = std::chrono::nanoseconds(1'000'000'000 / options_.frames_per_second);
    const auto appsrc = pipeline_.element("source");
    PlaylistFile playlist(options_.playlist);
    Scene scene({options_.width, options_.height});
    auto next = SteadyClock::now();
    std::unique_lock lock(mutex_);
    while (!wake_.wait_until(lock, next, [this] { return stopping_; })) {
        lock.unlock();
        // The picture's time is when it was so, before it was drawn.
        const auto at_ns = pipeline_.running_time_ns();
        const auto wall_ms = clock_.now().wall_ms;
        const auto &shown = playlist.current();
        const auto &picture = scene.draw(shown, wall_ms);
        const ByteView bytes{picture.data, picture.total() * picture.elemSize()};
        if (at_ns > 0 && !shown.is_unplugged(wall_ms)) {
            // A graph that takes nothing is stopping, or has failed, which its bus says.
            if (const auto taken = gst::push(appsrc, bytes, at_ns, interval.count()); !taken) {
                log::debug("replay_frame_dropped", {log::Field(taken.error())});
            }
        }
        // What was late is left out, not made up for.
        next = std::max(next + interval, SteadyClock::now());
        lock.lock();
    }
}

} // namespace xueshi::camera::replay
