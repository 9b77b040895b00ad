#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "firmware/core/record/event.hpp"
#include "firmware/fingerprint/reader.hpp"
#include "firmware/fingerprint/uart/module.hpp"

namespace xueshi::terminald {

/// Which fingerprint reader there should be.
struct ReaderOptions {
    std::string driver;                        ///< as libfprint names it, "any", or "uart"
    bool bozorth3 = false;                     ///< of an image reader: libfprint's own matcher
    fingerprint::uart::ModuleOptions module{}; ///< of "uart"
};

/// The fingerprint reader, looked for until it is there: apart from the loop, which the face needs. All callbacks come
/// on the loop.
class ReaderPort {
public:
    struct Callbacks {
        /// There, or there again; lives until the port is gone.
        std::function<void(fingerprint::Reader &, const record::Source &)> up;
        std::function<void(const std::string &why)> down; ///< also when none is found at the start
        fingerprint::Reader::Callbacks reader;            ///< all but presence
    };
    ReaderPort(boost::asio::io_context &context, ReaderOptions options, Callbacks callbacks);
    ~ReaderPort();

    void start();
    void stop();
    bool running() const { return present_; }
    std::string driver() const { return reader_ ? reader_->driver() : std::string(); }

private:
    using Opened = Expected<std::unique_ptr<fingerprint::Reader>>;

    /// In a thread of its own.
    Opened open();
    fingerprint::Reader::Callbacks on_loop();
    template <typename... Args>
    std::function<void(Args...)> on_loop(const std::function<void(Args...)> &callback) {
        return [this, &callback](Args... args) {
            boost::asio::post(context_, [this, &callback, held = std::make_tuple(std::move(args)...)]() mutable {
                if (!stopping_ && callback) {
                    std::apply(callback, std::move(held));
                }
            });
        };
    }
    void opened(Opened reader);
    void presence(bool present);
    void join();

    boost::asio::io_context &context_;
    ReaderOptions options_;
    Callbacks callbacks_;
    boost::asio::steady_timer retry_;
    bool stopping_ = false, present_ = false, told_missing_ = false;
    std::optional<bool> early_; ///< presence that was told before `opened`
    std::thread opener_;
    std::unique_ptr<fingerprint::Reader> reader_;
};

} // namespace xueshi::terminald
