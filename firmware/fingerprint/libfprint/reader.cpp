#include "firmware/fingerprint/reader.hpp"

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "firmware/core/base/log.hpp"
#include "firmware/fingerprint/libfprint/device.hpp"
#include "firmware/fingerprint/libfprint/main_context.hpp"
#include "firmware/fingerprint/limits.hpp"

namespace xueshi::fingerprint {
namespace {

constexpr std::chrono::milliseconds kReopenEvery{1000};

/// All of libfprint happens in `thread_`; the others only post to it and wait.
class LibfprintReader final : public Reader {
public:
    ~LibfprintReader() override {
        stop();
        if (thread_.joinable()) {
            MainContext::post([this] { quit_ = true; });
            thread_.join();
        }
    }

    Expected<void> open(const std::string &driver) {
        auto found = std::make_shared<Promise>();
        auto result = found->get_future();
        thread_ = std::thread([this, driver, found] { run(driver, *found); });
        auto outcome = result.get();
        if (!outcome) {
            thread_.join();
        }
        return outcome;
    }

    Capabilities capabilities() const override { return {.gives_minutiae = true, .enrol_stages = enrol_stages_}; }
    std::string driver() const override { return driver_; }
    bool is_virtual() const override { return driver_.starts_with("virtual_"); }

    Expected<void> start(Callbacks callbacks) override {
        auto opened = std::make_shared<Promise>();
        auto result = opened->get_future();
        MainContext::post([this, opened, &callbacks] { begin(std::move(callbacks), opened); });
        return result.get();
    }

    void stop() override {
        std::unique_lock lock(mutex_);
        if (!scanning_) {
            return;
        }
        MainContext::post([this] { end(); });
        stopped_.wait(lock, [this] { return !scanning_; });
    }

private:
    using Promise = std::promise<Expected<void>>; // shared: the waiter may be gone before set_value returns

    // --- in thread_ ---

    void run(const std::string &driver, Promise &found) {
        MainContext context;
        if (!context.owned()) {
            found.set_value(fail(ErrorCode::conflict, "another thread of this process runs a GLib loop"));
            return;
        }
        auto device = Device::find(driver);
        if (!device) {
            found.set_value(tl::unexpected(device.error()));
            return;
        }
        device_ = std::move(*device);
        driver_ = device_->driver();
        enrol_stages_ = device_->enrol_stages();
        found.set_value({});
        while (!quit_) {
            if (wanted_) {
                scan_until_unwanted(context);
            } else {
                context.iterate();
            }
        }
        device_.reset();
    }

    void begin(Callbacks callbacks, const std::shared_ptr<Promise> &opened) {
        if (wanted_) {
            opened->set_value(fail(ErrorCode::conflict, "the fingerprint reader is scanning already"));
            return;
        }
        callbacks_ = std::move(callbacks);
        opened_ = opened;
        wanted_ = true;
    }

    void end() {
        wanted_ = false;
        if (device_) {
            device_->cancel();
        }
    }

    void scan_until_unwanted(MainContext &context) {
        const Expected<void> outcome = reopen();
        {
            const std::lock_guard lock(mutex_);
            scanning_ = outcome.has_value();
        }
        wanted_ = outcome.has_value();
        std::exchange(opened_, nullptr)->set_value(outcome);
        while (wanted_) {
            const Scan scan = device_->scan();
            if (scan.outcome == Scan::Outcome::lost) {
                come_back(context, scan.why);
            } else if (wanted_) {
                report(scan);
            }
        }
        if (device_) {
            device_->close();
        }
        const std::lock_guard lock(mutex_);
        scanning_ = false;
        stopped_.notify_all();
    }

    Expected<void> reopen() {
        if (!device_) {
            auto device = Device::find(driver_);
            if (!device) {
                return fail(device, "reader is gone");
            }
            device_ = std::move(*device);
        }
        return device_->open();
    }

    /// Tells that the reader is gone and tries until it is back or nobody wants it.
    void come_back(MainContext &context, const std::string &why) {
        log::warning("fingerprint_reader_lost", {{"driver", driver_}, {"why", why}});
        device_.reset();
        tell_presence(false);
        while (wanted_) {
            context.iterate_for(kReopenEvery, [this] { return !wanted_; });
            if (wanted_ && reopen()) {
                log::info("fingerprint_reader_back", {{"driver", driver_}});
                tell_presence(true);
                return;
            }
        }
    }

    void tell_presence(bool present) {
        if (wanted_ && callbacks_.presence) {
            callbacks_.presence(present);
        }
    }

    void report(const Scan &scan) {
        Retry retry = scan.retry;
        if (scan.outcome == Scan::Outcome::impression) {
            if (scan.impression.size() < kLeastMinutiae) {
                retry = Retry::too_few_minutiae;
            } else if (scan.impression.size() > kMostMinutiae) {
                retry = Retry::too_many_minutiae;
            }
        }
        // A finger left on the reader is reported ten times a second; once is enough.
        const bool repeated = retry == Retry::remove_and_retry && last_ == retry;
        last_ = retry;
        if (retry != Retry::none) {
            if (callbacks_.retry && !repeated) {
                callbacks_.retry(retry);
            }
        } else if (scan.outcome == Scan::Outcome::impression && callbacks_.impression) {
            callbacks_.impression(scan.impression);
        }
    }

    std::unique_ptr<Device> device_; // null: unplugged
    Callbacks callbacks_;
    std::shared_ptr<Promise> opened_; // of a start() that waits
    Retry last_ = Retry::none;
    bool wanted_ = false, quit_ = false;

    // --- written before open() returns, then only read ---
    std::string driver_;
    int enrol_stages_ = 5;

    std::mutex mutex_; // of scanning_
    std::condition_variable stopped_;
    bool scanning_ = false;
    std::thread thread_;
};

} // namespace

Expected<std::unique_ptr<Reader>> open_libfprint_reader(const std::string &driver) {
    auto reader = std::make_unique<LibfprintReader>();
    auto opened = reader->open(driver);
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    return reader;
}

} // namespace xueshi::fingerprint
