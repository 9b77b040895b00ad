#include "firmware/terminald/reader_port.hpp"

#include "firmware/core/base/log.hpp"
#include "firmware/fingerprint/uart/reader.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::chrono::seconds kRetry(5);

record::Source source_of(const fingerprint::Reader &reader) {
    const auto kind = reader.is_virtual() ? record::SourceKind::virtual_device : record::SourceKind::physical;
    return record::Source{kind, reader.driver()};
}

Expected<std::unique_ptr<fingerprint::Reader>> open_reader(const ReaderOptions &options) {
    if (options.driver == "uart") {
        return fingerprint::uart::open_uart_reader(options.module);
    }
    const fingerprint::LibfprintOptions libfprint{options.driver == "any" ? "" : options.driver, options.bozorth3};
    return fingerprint::open_libfprint_reader(libfprint);
}

} // namespace

ReaderPort::ReaderPort(boost::asio::io_context &context, ReaderOptions options, Callbacks callbacks)
    : context_(context), options_(std::move(options)), callbacks_(std::move(callbacks)), retry_(context) {}

ReaderPort::~ReaderPort() {
    join();
}

void ReaderPort::start() {
    join();
    opener_ = std::thread([this] {
        auto reader = std::make_shared<Opened>(open()); // shared: what is posted must be copyable
        boost::asio::post(context_, [this, reader] { opened(std::move(*reader)); });
    });
}

ReaderPort::Opened ReaderPort::open() {
    auto reader = open_reader(options_);
    if (!reader) {
        return reader;
    }
    const auto can = (*reader)->capabilities();
    if (!can.gives_minutiae && !can.identifies) {
        return fail(ErrorCode::unsupported, (*reader)->driver() + ": this reader can compare with one print only, so "
                                                                  "it finds nobody among many; take another");
    }
    if (auto started = (*reader)->start(on_loop()); !started) {
        return tl::unexpected(started.error());
    }
    return reader;
}

fingerprint::Reader::Callbacks ReaderPort::on_loop() {
    const auto &given = callbacks_.reader;
    fingerprint::Reader::Callbacks callbacks;
    callbacks.impression = on_loop(given.impression);
    callbacks.matched = on_loop(given.matched);
    callbacks.retry = on_loop(given.retry);
    callbacks.stage = on_loop(given.stage);
    callbacks.enrolled = on_loop(given.enrolled);
    callbacks.known = on_loop(given.known);
    callbacks.forgotten = on_loop(given.forgotten);
    callbacks.exchanged = on_loop(given.exchanged);
    callbacks.presence = [this](bool present) { boost::asio::post(context_, [this, present] { presence(present); }); };
    return callbacks;
}

void ReaderPort::opened(Opened reader) {
    if (stopping_) {
        return; // an open reader stops when it goes
    }
    if (reader) {
        reader_ = std::move(*reader);
        presence(std::exchange(early_, std::nullopt).value_or(true));
        return;
    }
    early_.reset();
    if (!std::exchange(told_missing_, true)) {
        log::error("reader_missing", {log::Field(reader.error())});
        callbacks_.down(reader.error().message);
    }
    retry_.expires_after(kRetry);
    retry_.async_wait([this](const boost::system::error_code &error) {
        if (!error && !stopping_) {
            start();
        }
    });
}

void ReaderPort::presence(bool present) {
    if (!reader_) {
        early_ = present;
        return;
    }
    if (stopping_ || present == present_) {
        return;
    }
    present_ = present;
    const auto source = source_of(*reader_);
    if (present) {
        told_missing_ = false;
        log::info("reader_up", {{"driver", source.driver}, {"family", reader_->family()}});
        callbacks_.up(*reader_, source);
    } else {
        log::error("reader_down", {{"driver", source.driver}});
        callbacks_.down("unplugged");
    }
}

void ReaderPort::join() {
    if (opener_.joinable()) {
        opener_.join();
    }
}

void ReaderPort::stop() {
    stopping_ = true;
    retry_.cancel();
    join();
    if (reader_) {
        reader_->stop();
    }
}

} // namespace xueshi::terminald
