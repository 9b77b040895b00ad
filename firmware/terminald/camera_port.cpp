#include "firmware/terminald/camera_port.hpp"

#include <boost/asio/post.hpp>

#include "firmware/core/base/log.hpp"

namespace xueshi::terminald {

namespace {

// F07: resumed within 5 s of being plugged in again.
constexpr std::chrono::seconds kRetry(3);

} // namespace

record::SourceKind source_kind(camera::Kind kind) {
    switch (kind) {
    case camera::Kind::v4l2:
    case camera::Kind::rtsp:
        return record::SourceKind::physical;
    case camera::Kind::replay:
        return record::SourceKind::replay;
    case camera::Kind::test:
        return record::SourceKind::virtual_device;
    }
    return record::SourceKind::virtual_device;
}

CameraPort::CameraPort(boost::asio::io_context &context, camera::Options camera, recorder::Options clip,
                       record::EventSink &sink, const Clock &clock, Callbacks callbacks)
    : context_(context), options_(std::move(camera)), clip_(std::move(clip)), sink_(sink), clock_(clock),
      callbacks_(std::move(callbacks)), retry_(context) {}

void CameraPort::start() {
    if (auto opened = open(); !opened) {
        lost(opened.error());
    }
}

Expected<void> CameraPort::open() {
    auto camera = camera::Camera::create(options_, clock_);
    if (!camera) {
        return tl::unexpected(camera.error());
    }
    source_ = record::Source{source_kind(options_.kind), (*camera)->driver()};
    if (auto recorder = ensure_recorder(); !recorder) {
        return recorder;
    }
    camera::Callbacks callbacks;
    callbacks.frame = callbacks_.frame;
    callbacks.unit = [recorder = recorder_.get()](camera::Unit unit) { recorder->push(std::move(unit)); };
    callbacks.error = [this](Error error) {
        boost::asio::post(context_, [this, error = std::move(error)] { lost(error); });
    };
    if (auto started = (*camera)->start(std::move(callbacks)); !started) {
        return started;
    }
    camera_ = std::move(*camera);
    told_lost_ = false;
    log::info("camera_up", {{"driver", source_.driver}, {"encoder", camera_->encoder()}});
    callbacks_.up(*recorder_, source_);
    return {};
}

Expected<void> CameraPort::ensure_recorder() {
    if (recorder_) {
        return {};
    }
    auto recorder = recorder::Recorder::create(clip_, sink_, clock_, source_);
    if (!recorder) {
        return fail(recorder, "recorder");
    }
    recorder_ = std::move(*recorder);
    return {};
}

void CameraPort::lost(const Error &error) {
    if (stopping_) {
        return;
    }
    if (camera_) {
        camera_->stop();
        camera_.reset();
    }
    if (!told_lost_) {
        told_lost_ = true;
        log::error("camera_down", {log::Field(error)});
        callbacks_.down(error);
    }
    retry_later();
}

void CameraPort::retry_later() {
    retry_.expires_after(kRetry);
    retry_.async_wait([this](const boost::system::error_code &error) {
        if (!error && !stopping_ && !camera_) {
            start();
        }
    });
}

void CameraPort::set_overlay(const camera::Overlay &overlay) {
    if (camera_) {
        camera_->set_overlay(overlay);
    }
}

void CameraPort::stop() {
    stopping_ = true;
    retry_.cancel();
    if (camera_) {
        camera_->stop();
        camera_.reset();
    }
    if (recorder_) {
        recorder_->stop();
    }
}

} // namespace xueshi::terminald
