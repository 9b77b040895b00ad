#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/recorder/recorder.hpp"

namespace xueshi::terminald {

/// A camera, and the recorder of its clips if it has one; started again when the camera is lost. Thread-bound to the
/// loop.
class CameraPort {
public:
    struct Callbacks {
        std::function<void(camera::Frame)> frame; ///< from the camera's thread
        /// Before its first picture comes: what all of them will be from.
        std::function<void(const record::Source &)> opens = {};
        std::function<void(const camera::Unit &)> unit = {}; ///< from the camera's thread; beside the clips
        std::function<void(camera::Preview)> preview = {};   ///< from the camera's thread
        std::function<bool()> wants_preview = {};            ///< from the camera's thread, as in camera::Callbacks
        std::function<void(camera::Frame)> close_up = {};    ///< from the camera's thread, as in camera::Callbacks
        /// Pictures come (again). The recorder is null where no clips are made. So many milliseconds without; -1: none
        /// came since the start.
        std::function<void(recorder::Recorder *, const record::Source &, std::int64_t lost_ms)> up = {};
        std::function<void(const Error &)> down = {}; ///< once a gap
    };
    /// All outlive the port.
    CameraPort(boost::asio::io_context &context, camera::Options camera, std::optional<recorder::Options> clip,
               record::EventSink &sink, const Clock &clock, Callbacks callbacks);

    void start();
    /// Also finishes open clips.
    void stop();
    void set_overlay(const camera::Overlay &overlay);
    /// Of a clip that was started a moment ago.
    void blur(const MediaId &clip);
    /// A clip of this moment; empty: no picture comes, or this camera makes none.
    MediaId start_clip(const Instant &at) { return up_ && recorder_ ? recorder_->start_clip(at) : MediaId(); }
    /// Nothing comes while no picture does.
    void take_close_up() const {
        if (camera_) {
            camera_->take_close_up();
        }
    }
    bool running() const { return up_; }
    std::string driver() const { return source_.driver; }
    const record::Source &source() const { return source_; }

private:
    Expected<void> open();
    Expected<void> ensure_recorder();
    camera::Callbacks to_loop(std::uint64_t generation);
    void came(std::uint64_t generation);
    void lost(const Error &error);
    bool choose_other_encoder();
    void retry_after(std::chrono::milliseconds pause);

    boost::asio::io_context &context_;
    camera::Options options_;
    std::optional<recorder::Options> clip_;
    record::EventSink &sink_;
    const Clock &clock_;
    Callbacks callbacks_;
    boost::asio::steady_timer retry_;
    bool stopping_ = false, up_ = false;
    bool told_lost_ = false; ///< one event a gap, however often it is tried again
    std::int64_t lost_boot_ms_ = -1;
    std::uint64_t generation_ = 0;           ///< counts starts: what an earlier one posted late is not this one's
    std::optional<camera::Overlay> overlay_; ///< the newest: a camera that comes back shows it at once
    record::Source source_;
    std::unique_ptr<recorder::Recorder> recorder_;
    std::unique_ptr<camera::Camera> camera_;
};

/// How far the sources of this kind of camera may be trusted.
record::SourceKind source_kind(camera::Kind kind);

} // namespace xueshi::terminald
