#include "firmware/fingerprint/reader.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "firmware/core/base/log.hpp"
#include "firmware/fingerprint/libfprint/device.hpp"
#include "firmware/fingerprint/libfprint/main_context.hpp"
#include "firmware/fingerprint/limits.hpp"

namespace xueshi::fingerprint {
namespace {

constexpr std::chrono::milliseconds kReopenEvery{1000};
/// libfprint estimates a reader's heat from the time it scans and switches a hot one off: 4 minutes of scanning without
/// pause are enough, cooling down takes 3. A warm one scans 40 % of the time, with which the estimate stays a good way
/// under hot for ever; whoever lays a finger on it waits 1.5 s at most.
constexpr std::chrono::milliseconds kScanWarm{1000}, kRestWarm{1500}, kRestHot{5000};
/// A simulated reader drops what is laid on it while it rests, and has no heat: it is opened anew instead.
constexpr std::chrono::hours kScanVirtual{1};

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

    Capabilities capabilities() const override { return capabilities_; }
    std::string family() const override {
        return capabilities_.gives_minutiae ? std::string(kMinutiaeFamily) : "libfprint-" + driver_ + "-1";
    }
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

    Expected<void> set_prints(const std::vector<ReaderPrint> &prints) override {
        if (!capabilities_.matches_itself) {
            return Reader::set_prints(prints);
        }
        return ask([this, prints] {
            prints_ = prints;
            return device_ ? device_->set_prints(prints_) : Expected<void>{};
        });
    }

    Expected<void> enrol(const std::string &label) override {
        if (!capabilities_.matches_itself) {
            return Reader::enrol(label);
        }
        return ask([this, label]() -> Expected<void> {
            if (!wanted_ || !device_ || enrolling_ || taking_) {
                return fail(ErrorCode::unavailable, "the fingerprint reader is not there, or busy");
            }
            enrolling_ = label;
            return {};
        });
    }

    void cancel_enrolment() override {
        MainContext::post([this] {
            enrolling_.reset();
            if (device_) {
                device_->interrupt();
            }
        });
    }

    Expected<void> forget(const ReaderPrint &print) override {
        if (!capabilities_.stores_templates) {
            return {};
        }
        return ask([this, print]() -> Expected<void> {
            if (!device_) {
                return fail(ErrorCode::unavailable, "the fingerprint reader is unplugged: its print is still in it");
            }
            return device_->forget(print);
        });
    }

private:
    using Promise = std::promise<Expected<void>>; // shared: the waiter may be gone before set_value returns

    /// Runs `work` in thread_ between two scans and waits for what it says.
    Expected<void> ask(std::function<Expected<void>()> work) {
        auto done = std::make_shared<Promise>();
        auto result = done->get_future();
        MainContext::post([this, done, work = std::move(work)]() mutable {
            orders_.push_back([done, work = std::move(work)]() mutable { done->set_value(work()); });
            if (taking_) {
                obey(); // an enrolment goes on for a minute; what needs the device now is told that it is busy
            } else if (device_) {
                device_->interrupt();
            }
        });
        return result.get();
    }

    // --- in thread_ ---

    void obey() {
        while (!orders_.empty()) {
            const auto order = std::move(orders_.front());
            orders_.pop_front();
            order();
        }
    }

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
        capabilities_ = device_->capabilities();
        found.set_value({});
        while (!quit_) {
            if (wanted_) {
                scan_until_unwanted(context);
            } else {
                context.iterate();
                obey();
            }
        }
        obey();
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
            obey();
            if (enrolling_) {
                take_finger(*std::exchange(enrolling_, std::nullopt));
            } else {
                scan_once(context);
            }
        }
        if (device_) {
            device_->close();
        }
        const std::lock_guard lock(mutex_);
        scanning_ = false;
        stopped_.notify_all();
    }

    void scan_once(MainContext &context) {
        if (capabilities_.matches_itself && !capabilities_.identifies && prints_.empty()) {
            context.iterate_for(kRestHot, [this] { return !wanted_ || !orders_.empty(); }); // nothing to compare with
            return;
        }
        const Scan scan = device_->scan(is_virtual() ? kScanVirtual : kScanWarm);
        if (scan.outcome == Scan::Outcome::lost) {
            come_back(context, scan.why);
        } else if (scan.outcome == Scan::Outcome::too_hot && is_virtual()) {
            device_.reset(); // a new one is cool
            if (!reopen()) {
                come_back(context, "cannot be opened again");
            }
        } else if (wanted_) {
            report(scan);
            rest(context, scan.outcome);
        }
    }

    void rest(MainContext &context, Scan::Outcome outcome) {
        const bool hot = outcome == Scan::Outcome::too_hot;
        if (hot || (outcome == Scan::Outcome::nothing && device_->heat() != Heat::cold && orders_.empty())) {
            context.iterate_for(hot ? kRestHot : kRestWarm, [this] { return !wanted_ || !orders_.empty(); });
        }
    }

    void take_finger(const std::string &label) {
        taking_ = true;
        auto print = device_->enrol(label, [this](int done, Retry retry) {
            if (retry != Retry::none && callbacks_.retry) {
                callbacks_.retry(retry);
            } else if (callbacks_.stage) {
                callbacks_.stage(done, capabilities_.enrol_stages);
            }
        });
        taking_ = false;
        if (callbacks_.enrolled) {
            callbacks_.enrolled(std::move(print));
        }
    }

    Expected<void> reopen() {
        if (!device_) {
            auto device = Device::find(driver_);
            if (!device) {
                return fail(device, "reader is gone");
            }
            device_ = std::move(*device);
        }
        auto opened = device_->open();
        if (opened && capabilities_.matches_itself) {
            if (const auto set = device_->set_prints(prints_); !set) {
                log::warning("fingerprint_prints_refused", {{"driver", driver_}, log::Field(set.error())});
            }
        }
        return opened;
    }

    /// Tells that the reader is gone and tries until it is back or nobody wants it.
    void come_back(MainContext &context, const std::string &why) {
        log::warning("fingerprint_reader_lost", {{"driver", driver_}, {"why", why}});
        device_.reset();
        tell_presence(false);
        while (wanted_) {
            context.iterate_for(kReopenEvery, [this] { return !wanted_ || !orders_.empty(); });
            obey();
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
        if (scan.outcome == Scan::Outcome::matched) {
            if (callbacks_.matched) {
                callbacks_.matched(scan.label);
            }
        } else if (retry != Retry::none) {
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
    std::vector<ReaderPrint> prints_;      // of a matching reader, for when it comes back
    std::optional<std::string> enrolling_; // label of the finger that is to be taken
    std::deque<std::function<void()>> orders_;
    bool wanted_ = false, quit_ = false, taking_ = false;

    // --- written before open() returns, then only read ---
    std::string driver_;
    Capabilities capabilities_;

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
