#include "firmware/camera/replay/replay_source.hpp"

#include <chrono>

#include "firmware/camera/replay/playlist_file.hpp"
#include "firmware/camera/replay/scene.hpp"

namespace xueshi::camera::replay {

ReplaySource::ReplaySource(const Options &options, const Clock &clock, gst::Element appsrc)
    : options_(options), clock_(clock), appsrc_(std::move(appsrc)), thread_([this] { run(); }) {}

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
    PlaylistFile playlist(options_.playlist);
    Scene scene({options_.width, options_.height});
    auto next = SteadyClock::now();
    std::unique_lock lock(mutex_);
    while (!wake_.wait_until(lock, next, [this] { return stopping_; })) {
        lock.unlock();
        const auto &picture = scene.draw(playlist.current(), clock_.now().wall_ms);
        // A graph that takes nothing is stopping, or has failed, which its bus says.
        (void)gst::push(appsrc_, {picture.data, picture.total() * picture.elemSize()});
        // What was late is left out, not made up for.
        next = std::max(next + interval, SteadyClock::now());
        lock.lock();
    }
}

} // namespace xueshi::camera::replay
