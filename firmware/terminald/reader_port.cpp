#include "firmware/terminald/reader_port.hpp"

#include <boost/asio/post.hpp>

#include "firmware/core/base/log.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::chrono::seconds kRetry(5);

} // namespace

ReaderPort::ReaderPort(boost::asio::io_context &context, std::string driver, Callbacks callbacks)
    : context_(context), driver_(driver == "any" ? "" : std::move(driver)), callbacks_(std::move(callbacks)),
      retry_(context) {}

void ReaderPort::start() {
    const auto opened = open();
    if (opened) {
        return;
    }
    if (!told_missing_) {
        told_missing_ = true;
        log::error("reader_missing", {log::Field(opened.error())});
    }
    retry_.expires_after(kRetry);
    retry_.async_wait([this](const boost::system::error_code &error) {
        if (!error && !stopping_) {
            start();
        }
    });
}

Expected<void> ReaderPort::open() {
    auto reader = fingerprint::open_libfprint_reader({.driver = driver_});
    if (!reader) {
        return tl::unexpected(reader.error());
    }
    if (!(*reader)->capabilities().gives_minutiae) {
        return fail(ErrorCode::unsupported, (*reader)->driver() + ": this reader matches on its chip; check-in takes "
                                                                  "readers that give minutiae");
    }
    fingerprint::Reader::Callbacks callbacks;
    callbacks.impression = [this](fingerprint::Impression impression) {
        boost::asio::post(context_, [this, impression = std::move(impression)] { callbacks_.impression(impression); });
    };
    callbacks.retry = [this](fingerprint::Retry retry) {
        boost::asio::post(context_, [this, retry] { callbacks_.retry(retry); });
    };
    callbacks.presence = [this](bool present) { boost::asio::post(context_, [this, present] { presence(present); }); };
    const auto kind = (*reader)->is_virtual() ? record::SourceKind::virtual_device : record::SourceKind::physical;
    source_ = record::Source{kind, (*reader)->driver()};
    if (auto started = (*reader)->start(std::move(callbacks)); !started) {
        return started;
    }
    reader_ = std::move(*reader);
    presence(true);
    return {};
}

void ReaderPort::presence(bool present) {
    if (stopping_ || present == present_) {
        return;
    }
    present_ = present;
    if (present) {
        told_missing_ = false;
        log::info("reader_up", {{"driver", source_.driver}});
        callbacks_.up(source_);
    } else {
        log::error("reader_down", {{"driver", source_.driver}});
        callbacks_.down();
    }
}

void ReaderPort::stop() {
    stopping_ = true;
    retry_.cancel();
    if (reader_) {
        reader_->stop();
    }
}

} // namespace xueshi::terminald
