#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/camera/camera.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/recorder/recorder.hpp"

namespace xueshi::terminald {

/// The camera and its recorder, started again when the camera is lost. Thread-bound to the loop.
class CameraPort {
public:
    struct Callbacks {
        std::function<void(camera::Frame)> frame; ///< from the camera's thread
        /// The camera runs (with its recorder and source), or was lost.
        std::function<void(recorder::Recorder &, const record::Source &)> up;
        std::function<void(const Error &)> down;
    };
    /// All outlive the port.
    CameraPort(boost::asio::io_context &context, camera::Options camera, recorder::Options clip,
               record::EventSink &sink, const Clock &clock, Callbacks callbacks);

    void start();
    /// Also finishes open clips.
    void stop();
    void set_overlay(const camera::Overlay &overlay);
    bool running() const { return camera_ != nullptr; }
    std::string driver() const { return source_.driver; }
    const record::Source &source() const { return source_; }

private:
    Expected<void> open();
    Expected<void> ensure_recorder();
    void lost(const Error &error);
    void retry_later();

    boost::asio::io_context &context_;
    camera::Options options_;
    recorder::Options clip_;
    record::EventSink &sink_;
    const Clock &clock_;
    Callbacks callbacks_;
    boost::asio::steady_timer retry_;
    bool stopping_ = false;
    bool told_lost_ = false; ///< one event a gap, however often it is tried again
    record::Source source_;
    std::unique_ptr<recorder::Recorder> recorder_;
    std::unique_ptr<camera::Camera> camera_;
};

/// How far the sources of this kind of camera may be trusted.
record::SourceKind source_kind(camera::Kind kind);

} // namespace xueshi::terminald
