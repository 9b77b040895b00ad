#include "firmware/terminald/microphone_port.hpp"

#include <boost/asio/post.hpp>

#include "firmware/core/base/log.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::chrono::seconds kRetry(1); // F07: back within 5 s

record::SourceKind source_kind(camera::SoundKind kind) {
    switch (kind) {
    case camera::SoundKind::alsa:
    case camera::SoundKind::rtsp:
        return record::SourceKind::physical;
    case camera::SoundKind::file:
        return record::SourceKind::replay;
    case camera::SoundKind::test:
        return record::SourceKind::virtual_device;
    }
    return record::SourceKind::virtual_device;
}

} // namespace

MicrophonePort::MicrophonePort(boost::asio::io_context &context, camera::SoundOptions options, const Clock &clock,
                               Callbacks callbacks)
    : context_(context), options_(std::move(options)), clock_(clock), callbacks_(std::move(callbacks)),
      retry_(context) {}

void MicrophonePort::start() {
    if (auto opened = open(); !opened) {
        lost(opened.error());
    }
}

Expected<void> MicrophonePort::open() {
    auto microphone = camera::Microphone::create(options_, clock_);
    if (!microphone) {
        return tl::unexpected(microphone.error());
    }
    callbacks_.opens({source_kind((*microphone)->kind()), (*microphone)->driver()});
    const auto generation = ++generation_;
    camera::SoundCallbacks callbacks;
    callbacks.level = callbacks_.level;
    callbacks.unit = [this, generation, first = true](camera::SoundUnit unit) mutable {
        if (std::exchange(first, false)) {
            boost::asio::post(context_, [this, generation] { came(generation); });
        }
        callbacks_.unit(std::move(unit));
    };
    callbacks.error = [this, generation](Error error) {
        boost::asio::post(context_, [this, generation, error = std::move(error)] {
            if (generation == generation_) {
                lost(error);
            }
        });
    };
    if (auto started = (*microphone)->start(std::move(callbacks)); !started) {
        return started;
    }
    microphone_ = std::move(*microphone);
    return {};
}

void MicrophonePort::came(std::uint64_t generation) {
    if (stopping_ || generation != generation_ || !microphone_) {
        return;
    }
    up_ = true;
    told_lost_ = false;
    log::info("microphone_up", {{"driver", microphone_->driver()}});
    callbacks_.up(lost_boot_ms_ < 0 ? -1 : clock_.now().boot_ms - lost_boot_ms_);
}

void MicrophonePort::lost(const Error &error) {
    if (stopping_) {
        return;
    }
    microphone_.reset();
    up_ = false;
    if (!std::exchange(told_lost_, true)) {
        lost_boot_ms_ = clock_.now().boot_ms;
        log::error("microphone_down", {log::Field(error)});
        callbacks_.down(error);
    }
    retry_.expires_after(kRetry);
    retry_.async_wait([this](const boost::system::error_code &cancelled) {
        if (!cancelled && !stopping_ && !microphone_) {
            start();
        }
    });
}

void MicrophonePort::stop() {
    stopping_ = true;
    up_ = false;
    retry_.cancel();
    microphone_.reset();
}

} // namespace xueshi::terminald
