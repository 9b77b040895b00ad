#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/core/record/event.hpp"
#include "firmware/fingerprint/reader.hpp"

namespace xueshi::terminald {

/// The fingerprint reader, looked for until it is there. All callbacks come on the loop.
class ReaderPort {
public:
    struct Callbacks {
        std::function<void(const record::Source &)> up;
        std::function<void()> down;
        std::function<void(fingerprint::Impression)> impression;
        std::function<void(fingerprint::Retry)> retry;
    };
    /// `driver` as libfprint names it; "any": the first reader there is.
    ReaderPort(boost::asio::io_context &context, std::string driver, Callbacks callbacks);

    void start();
    void stop();
    bool running() const { return present_; }
    std::string driver() const { return reader_ ? reader_->driver() : std::string(); }

private:
    Expected<void> open();
    void presence(bool present);

    boost::asio::io_context &context_;
    std::string driver_;
    Callbacks callbacks_;
    boost::asio::steady_timer retry_;
    bool stopping_ = false, present_ = false, told_missing_ = false;
    record::Source source_;
    std::unique_ptr<fingerprint::Reader> reader_;
};

} // namespace xueshi::terminald
