#include "firmware/terminald/camera_port.hpp"

#include <utility>

#include <boost/asio/post.hpp>

#include "firmware/core/base/log.hpp"

namespace xueshi::terminald {

namespace {

// F07: resumed within 5 s of being plugged in again.
constexpr std::chrono::milliseconds kRetry(1'000); // a try to reach a network camera may take two more
/// The camera is there: only the encoder is another.
constexpr std::chrono::milliseconds kNextEncoder(0);

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

CameraPort::CameraPort(boost::asio::io_context &context, camera::Options camera, std::optional<recorder::Options> clip,
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
        options_.failed_encoders.clear(); // none is left: each has another try
        return tl::unexpected(camera.error());
    }
    source_ = record::Source{source_kind(options_.kind), (*camera)->driver()};
    if (auto recorder = ensure_recorder(); !recorder) {
        return recorder;
    }
    if (recorder_) {
        recorder_->set_source(source_);
    }
    if (callbacks_.opens) {
        callbacks_.opens(source_);
    }
    if (overlay_) {
        (*camera)->set_overlay(*overlay_);
    }
    camera_ = std::move(*camera);
    return camera_->start(to_loop(++generation_));
}

/// What the camera's threads call.
camera::Callbacks CameraPort::to_loop(std::uint64_t generation) {
    camera::Callbacks callbacks;
    callbacks.frame = callbacks_.frame;
    callbacks.preview = callbacks_.preview;
    callbacks.wants_preview = callbacks_.wants_preview;
    callbacks.close_up = callbacks_.close_up;
    callbacks.unit = [this, generation, recorder = recorder_.get(), first = true](camera::Unit unit) mutable {
        if (std::exchange(first, false)) {
            boost::asio::post(context_, [this, generation] { came(generation); });
        }
        if (callbacks_.unit) {
            callbacks_.unit(unit);
        }
        if (recorder != nullptr) {
            recorder->push(std::move(unit));
        }
    };
    callbacks.error = [this, generation](Error error) {
        boost::asio::post(context_, [this, generation, error = std::move(error)] {
            if (generation == generation_) {
                lost(error);
            }
        });
    };
    return callbacks;
}

void CameraPort::came(std::uint64_t generation) {
    if (stopping_ || generation != generation_ || !camera_) {
        return;
    }
    up_ = true;
    told_lost_ = false;
    log::info("camera_up", {{"driver", source_.driver}, {"encoder", camera_->encoder()}});
    callbacks_.up(recorder_.get(), source_, lost_boot_ms_ < 0 ? -1 : clock_.now().boot_ms - lost_boot_ms_);
}

Expected<void> CameraPort::ensure_recorder() {
    if (recorder_ || !clip_) {
        return {};
    }
    auto recorder = recorder::Recorder::create(*clip_, sink_, clock_, source_);
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
    bool other_encoder = false;
    if (camera_) {
        other_encoder = choose_other_encoder();
        camera_->stop();
        camera_.reset();
    }
    up_ = false;
    if (!std::exchange(told_lost_, true)) {
        lost_boot_ms_ = clock_.now().boot_ms;
        log::error("camera_down", {log::Field(error)});
        callbacks_.down(error);
    }
    retry_after(other_encoder ? kNextEncoder : kRetry);
}

/// A camera that was unplugged says nothing of its encoder: then the first one is tried again.
bool CameraPort::choose_other_encoder() {
    if (!camera_->encoder_failed()) {
        options_.failed_encoders.clear();
        return false;
    }
    options_.failed_encoders.push_back(camera_->encoder());
    return true;
}

void CameraPort::retry_after(std::chrono::milliseconds pause) {
    retry_.expires_after(pause);
    retry_.async_wait([this](const boost::system::error_code &error) {
        if (!error && !stopping_ && !camera_) {
            start();
        }
    });
}

void CameraPort::set_overlay(const camera::Overlay &overlay) {
    overlay_ = overlay;
    if (camera_) {
        camera_->set_overlay(overlay);
    }
}

void CameraPort::blur(const MediaId &clip) {
    if (!clip.empty() && recorder_ && !recorder_->blur(clip)) {
        log::warning("clip_not_blurred", {{"clip", clip}}); // its film was over already
    }
}

void CameraPort::stop() {
    stopping_ = true;
    up_ = false;
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
