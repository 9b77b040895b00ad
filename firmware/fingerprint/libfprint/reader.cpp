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
    explicit LibfprintReader(LibfprintOptions options) : options_(std::move(options)) {}
    ~LibfprintReader() override {
        stop();
        if (thread_.joinable()) {
            MainContext::post([this] { quit_ = true; });
            thread_.join();
        }
    }

    Expected<void> open() {
        auto found = std::make_shared<Promise>();
        auto result = found->get_future();
        thread_ = std::thread([this, found] { run(*found); });
        auto outcome = result.get();
        if (!outcome) {
            thread_.join();
        }
        return outcome;
    }

    Capabilities capabilities() const override { return capabilities_; }
    std::string family() const override {
        const char *matcher = options_.bozorth3 ? "-bozorth3-1" : "-1";
        return capabilities_.gives_minutiae ? std::string(kMinutiaeFamily) : "libfprint-" + driver_ + matcher;
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
        order([this, prints] {
            prints_ = prints;
            prints_changed_ = true;
        });
        return {};
    }

    Expected<void> enrol(const std::string &label, const std::vector<ReaderPrint> &others) override {
        if (!capabilities_.matches_itself) {
            return Reader::enrol(label, others);
        }
        order([this, order = Enrolment{label, others}]() mutable {
            if (device_ && !enrolling_ && !taking_) {
                enrolling_ = std::move(order);
            } else if (callbacks_.enrolled) {
                callbacks_.enrolled(fail(ErrorCode::unavailable, "the fingerprint reader is not there, or busy"));
            }
        });
        return {};
    }

    void cancel_enrolment() override {
        MainContext::post([this] {
            cancelled_ = enrolling_ || taking_;
            if (device_ && cancelled_) {
                device_->interrupt();
            }
        });
    }

    Expected<void> forget(const ReaderPrint &print) override {
        if (!capabilities_.stores_templates) {
            return Reader::forget(print);
        }
        order([this, print] { forgetting_.push_back(print); });
        return {};
    }

private:
    using Promise = std::promise<Expected<void>>; // shared: the waiter may be gone before set_value returns
    struct Enrolment {
        std::string label;
        std::vector<ReaderPrint> others;
    };

    /// Notes an order in thread_, if the reader is started, and ends the scan that waits: what is done comes between
    /// two scans.
    void order(std::function<void()> note) {
        MainContext::post([this, note = std::move(note)] {
            if (!wanted_) {
                return;
            }
            note();
            if (device_ && !taking_) {
                device_->make_room();
            }
        });
    }

    // --- in thread_ ---

    bool has_orders() const { return prints_changed_ || enrolling_ || !forgetting_.empty(); }

    /// Between two scans; an enrolment's turn comes last.
    void obey() {
        while (wanted_ && !forgetting_.empty()) {
            const ReaderPrint print = std::move(forgetting_.front());
            forgetting_.pop_front();
            auto done =
                device_ ? device_->forget(print) : fail(ErrorCode::unavailable, "the fingerprint reader is unplugged");
            if (!done && done.error().code == ErrorCode::not_found) {
                done = {}; // the reader says that it has none such
            }
            if (callbacks_.forgotten) {
                callbacks_.forgotten(print, done);
            }
        }
        if (std::exchange(prints_changed_, false) && device_) {
            use(prints_);
        }
    }

    void use(const std::vector<ReaderPrint> &prints) {
        if (const auto set = device_->set_prints(prints); !set) {
            log::warning("fingerprint_prints_refused", {{"driver", driver_}, log::Field(set.error())});
        }
    }

    void run(Promise &found) {
        MainContext context;
        if (!context.owned()) {
            found.set_value(fail(ErrorCode::conflict, "another thread of this process runs a GLib loop"));
            return;
        }
        auto device = Device::find(options_);
        if (!device) {
            found.set_value(tl::unexpected(device.error()));
            return;
        }
        device_ = std::move(*device);
        options_.driver = driver_ = device_->driver(); // the same one again when it comes back
        capabilities_ = device_->capabilities();
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
            obey();
            if (enrolling_ && device_) {
                take_finger(*std::exchange(enrolling_, std::nullopt));
            } else {
                scan_once(context);
            }
        }
        forgetting_.clear();
        enrolling_.reset();
        if (device_) {
            device_->close();
        }
        const std::lock_guard lock(mutex_);
        scanning_ = false;
        stopped_.notify_all();
    }

    void scan_once(MainContext &context) {
        if (capabilities_.matches_itself && !capabilities_.identifies && prints_.empty()) {
            context.iterate_for(kRestHot, [this] { return !wanted_ || has_orders(); }); // nothing to compare with
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
        if (hot || (outcome == Scan::Outcome::nothing && device_->heat() != Heat::cold && !has_orders())) {
            context.iterate_for(hot ? kRestHot : kRestWarm, [this] { return !wanted_ || has_orders(); });
        }
    }

    void take_finger(const Enrolment &order) {
        taking_ = true;
        const int checks = capabilities_.identifies && !order.others.empty() ? 1 : 0;
        tell_stage(0, checks); // whoever lays the finger on now has it taken, and not matched
        const auto known = checks > 0 ? find_known(order.others) : Expected<std::string>();
        Expected<ReaderPrint> print = fail(ErrorCode::cancelled, "the enrolment was cancelled");
        if (!known) {
            print = tl::unexpected(known.error());
        } else if (known->empty() && !cancelled_ && wanted_) {
            print = device_->enrol(order.label, [&](int done, Retry retry) {
                retry == Retry::none ? tell_stage(done + checks, checks) : tell(retry);
            });
        }
        taking_ = cancelled_ = false;
        prints_changed_ = checks > 0; // the device has everybody's now
        if (known && !known->empty()) {
            callbacks_.known ? callbacks_.known(*known) : void();
        } else if (callbacks_.enrolled) {
            callbacks_.enrolled(std::move(print));
        }
    }

    /// Which of everybody's prints the finger is; empty: none. A template cannot be compared with another one, only a
    /// finger with it: hence a touch of its own.
    Expected<std::string> find_known(const std::vector<ReaderPrint> &others) {
        use(others);
        while (!cancelled_ && wanted_) {
            const Scan scan = device_->scan(is_virtual() ? kScanVirtual : kScanWarm);
            switch (scan.outcome) {
            case Scan::Outcome::matched:
                tell_stage(1, 1);
                return scan.label;
            case Scan::Outcome::lost:
                return fail(ErrorCode::unavailable, "fingerprint reader: " + scan.why);
            case Scan::Outcome::too_hot:
                return fail(ErrorCode::unavailable, "the fingerprint reader is hot: try again in some minutes");
            case Scan::Outcome::retry:
                tell(scan.retry);
                break;
            case Scan::Outcome::impression:
            case Scan::Outcome::nothing:
            case Scan::Outcome::cancelled:
                break;
            }
        }
        return std::string();
    }

    void tell(Retry retry) const {
        if (callbacks_.retry) {
            callbacks_.retry(retry);
        }
    }
    void tell_stage(int done, int checks) const {
        if (callbacks_.stage) {
            callbacks_.stage(done, capabilities_.enrol_stages + checks);
        }
    }

    Expected<void> reopen() {
        if (!device_) {
            auto device = Device::find(options_);
            if (!device) {
                return fail(device, "reader is gone");
            }
            device_ = std::move(*device);
        }
        auto opened = device_->open();
        if (opened && capabilities_.matches_itself) {
            use(prints_);
        }
        return opened;
    }

    /// Tells that the reader is gone and tries until it is back or nobody wants it.
    void come_back(MainContext &context, const std::string &why) {
        log::warning("fingerprint_reader_lost", {{"driver", driver_}, {"why", why}});
        device_.reset();
        tell_presence(false);
        if (std::exchange(enrolling_, std::nullopt) && callbacks_.enrolled) {
            callbacks_.enrolled(fail(ErrorCode::unavailable, "the fingerprint reader was unplugged"));
        }
        while (wanted_) {
            context.iterate_for(kReopenEvery, [this] { return !wanted_ || has_orders(); });
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
        // A finger left on the reader is reported ten times a second; once is enough.
        const bool repeated = scan.retry == Retry::remove_and_retry && last_ == scan.retry;
        last_ = scan.retry;
        if (scan.outcome == Scan::Outcome::matched) {
            if (callbacks_.matched) {
                callbacks_.matched(scan.label);
            }
        } else if (scan.outcome == Scan::Outcome::retry) {
            if (!repeated) {
                tell(scan.retry);
            }
        } else if (scan.outcome == Scan::Outcome::impression && callbacks_.impression) {
            callbacks_.impression(scan.impression);
        }
    }

    std::unique_ptr<Device> device_; // null: unplugged
    Callbacks callbacks_;
    std::shared_ptr<Promise> opened_; // of a start() that waits
    Retry last_ = Retry::none;
    std::vector<ReaderPrint> prints_; // of a matching reader, for when it comes back
    bool prints_changed_ = false;
    std::optional<Enrolment> enrolling_; // the finger that is to be taken
    std::deque<ReaderPrint> forgetting_;
    bool wanted_ = false, quit_ = false, taking_ = false, cancelled_ = false;

    // --- written before open() returns, then only read ---
    LibfprintOptions options_;
    std::string driver_;
    Capabilities capabilities_;

    std::mutex mutex_; // of scanning_
    std::condition_variable stopped_;
    bool scanning_ = false;
    std::thread thread_;
};

} // namespace

Expected<std::unique_ptr<Reader>> open_libfprint_reader(const LibfprintOptions &options) {
    auto reader = std::make_unique<LibfprintReader>(options);
    auto opened = reader->open();
    if (!opened) {
        return tl::unexpected(opened.error());
    }
    return reader;
}

} // namespace xueshi::fingerprint
