#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/camera/microphone.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::terminald {

/// The microphone, started again when it is lost. Thread-bound to the loop.
class MicrophonePort {
public:
    struct Callbacks {
        /// Before its first sound comes: what all of it will be from.
        std::function<void(const record::Source &)> opens;
        std::function<void(camera::SoundUnit)> unit;   ///< from the microphone's thread
        std::function<void(camera::SoundLevel)> level; ///< from the microphone's thread
        /// Sound comes (again), after so many milliseconds without; -1: none came since the start.
        std::function<void(std::int64_t lost_ms)> up;
        std::function<void(const Error &)> down; ///< once a gap
    };
    /// `context` and `clock` outlive the port.
    MicrophonePort(boost::asio::io_context &context, camera::SoundOptions options, const Clock &clock,
                   Callbacks callbacks);

    void start();
    void stop();
    bool running() const { return up_; }

private:
    Expected<void> open();
    void came(std::uint64_t generation);
    void lost(const Error &error);

    boost::asio::io_context &context_;
    camera::SoundOptions options_;
    const Clock &clock_;
    Callbacks callbacks_;
    boost::asio::steady_timer retry_;
    std::unique_ptr<camera::Microphone> microphone_;
    bool stopping_ = false, up_ = false, told_lost_ = false;
    std::int64_t lost_boot_ms_ = -1;
    std::uint64_t generation_ = 0; ///< counts starts: what an earlier one posted late is not this one's
};

} // namespace xueshi::terminald
