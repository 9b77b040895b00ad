#include "firmware/fingerprint/uart/reader.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "firmware/core/base/log.hpp"
#include "firmware/fingerprint/uart/prints.hpp"

namespace xueshi::fingerprint::uart {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{100};
constexpr milliseconds kReopenEvery{1000};
constexpr int kMostEmptied = 16; // pages that are nobody's, at one enrolment
constexpr int kStages = 2;       // impressions that a module makes one template of

Retry retry_of(Confirmation confirmation) {
    switch (confirmation) {
    case Confirmation::too_few_features:
        return Retry::too_few_minutiae;
    case Confirmation::too_disorderly:
        return Retry::too_many_minutiae;
    default:
        return Retry::remove_and_retry;
    }
}

bool is_gone(const Error &error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
}

/// A simulated module is on a pseudo terminal, a real one never.
bool on_pseudo_terminal(const std::string &device) {
    std::error_code error;
    return std::filesystem::canonical(device, error).string().starts_with("/dev/pts/");
}

/// The module belongs to `thread_`; the others only leave orders.
class UartReader final : public Reader {
public:
    explicit UartReader(ModuleOptions options) : options_(std::move(options)) {}
    ~UartReader() override { stop(); }

    Expected<void> open() {
        auto opened = Module::open(options_);
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        auto mark = mark_of(**opened);
        if (!mark) {
            return tl::unexpected(mark.error());
        }
        module_ = std::move(*opened);
        has_ring_ = module_->light(Light::breathing, Colour::blue).has_value();
        finger_lies_ = false;
        const std::lock_guard lock(mutex_);
        is_virtual_ = on_pseudo_terminal(options_.device);
        family_ = "uart-" + *mark + "-1";
        capacity_ = module_->parameters().capacity;
        return {};
    }

    Capabilities capabilities() const override {
        const std::lock_guard lock(mutex_);
        return {.gives_minutiae = false,
                .matches_itself = true,
                .identifies = true,
                .stores_templates = true,
                .enrol_stages = kStages,
                .capacity = capacity_};
    }
    std::string driver() const override { return "uart"; }
    bool is_virtual() const override {
        const std::lock_guard lock(mutex_);
        return is_virtual_;
    }
    std::string family() const override {
        const std::lock_guard lock(mutex_);
        return family_;
    }

    Expected<void> start(Callbacks callbacks) override {
        if (thread_.joinable()) {
            return fail(ErrorCode::conflict, "the fingerprint module is scanning already");
        }
        callbacks_ = std::move(callbacks);
        thread_ = std::thread([this] { run(); });
        return {};
    }

    void stop() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            orders_.clear();
        }
        changed_.notify_all();
        if (thread_.joinable()) {
            thread_.join();
        }
        stopping_ = false;
    }

    Expected<void> set_prints(const std::vector<ReaderPrint> &prints) override {
        order([this, prints] { prints_ = prints; });
        return {};
    }

    Expected<void> enrol(const std::string &label, const std::vector<ReaderPrint> &others) override {
        {
            const std::lock_guard lock(mutex_);
            cancelled_ = false;
        }
        order([this, label, others] { take_finger(label, others); });
        return {};
    }

    void cancel_enrolment() override {
        {
            const std::lock_guard lock(mutex_);
            cancelled_ = true;
        }
        changed_.notify_all();
    }

    Expected<void> forget(const ReaderPrint &print) override {
        order([this, print] {
            const auto done = forget_now(print);
            if (callbacks_.forgotten) {
                callbacks_.forgotten(print, done);
            }
            if (!done && is_gone(done.error())) {
                lose(done.error());
            }
        });
        return {};
    }

private:
    void order(std::function<void()> order) {
        {
            const std::lock_guard lock(mutex_);
            orders_.push_back(std::move(order));
        }
        changed_.notify_all();
    }

    // --- in thread_ ---

    void run() {
        while (!wants_end(false)) {
            if (const auto order = next_order()) {
                order();
            } else if (module_) {
                look();
                pause(kLookEvery, false);
            } else {
                come_back();
            }
        }
    }

    std::function<void()> next_order() {
        const std::lock_guard lock(mutex_);
        if (orders_.empty()) {
            return {};
        }
        auto order = std::move(orders_.front());
        orders_.pop_front();
        return order;
    }

    bool wants_end(bool enrolling) const {
        const std::lock_guard lock(mutex_);
        return stopping_ || (enrolling && cancelled_);
    }

    /// Until something is ordered; while `enrolling` until it is cancelled.
    void pause(milliseconds time, bool enrolling) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, time, [&] { return stopping_ || (enrolling ? cancelled_ : !orders_.empty()); });
    }

    void come_back() {
        pause(kReopenEvery, false);
        if (wants_end(false) || !open()) {
            return;
        }
        log::info("fingerprint_reader_back", {{"driver", driver()}});
        if (callbacks_.presence) {
            callbacks_.presence(true);
        }
    }

    void lose(const Error &error) {
        if (!module_) {
            return;
        }
        log::warning("fingerprint_reader_lost", {{"driver", driver()}, log::Field(error)});
        module_.reset();
        if (callbacks_.presence) {
            callbacks_.presence(false);
        }
    }

    /// The module refused something, or is gone.
    void trouble(const Error &error) {
        if (is_gone(error)) {
            lose(error);
            return;
        }
        log::warning("fingerprint_module_refuses", {log::Field(error)});
        tell(Retry::remove_and_retry);
    }

    void tell(Retry retry) {
        shine(Light::flashing, Colour::red);
        if (callbacks_.retry) {
            callbacks_.retry(retry);
        }
    }

    /// A ring that stays dark is no trouble.
    void shine(Light light, Colour colour) {
        if (has_ring_ && module_) {
            has_ring_ = module_->light(light, colour).has_value();
        }
    }

    /// True once for each finger that is laid on.
    Expected<bool> see_finger() {
        const auto there = module_->take_image();
        if (!there) {
            return there;
        }
        const bool fresh = *there && !finger_lies_;
        if (finger_lies_ && !*there) {
            shine(Light::breathing, Colour::blue);
        }
        finger_lies_ = *there;
        return fresh;
    }

    void look() {
        const auto fresh = see_finger();
        if (!fresh) {
            trouble(fresh.error());
        } else if (*fresh) {
            identify();
        }
    }

    void identify() {
        const auto features = module_->extract(1);
        if (!features) {
            trouble(features.error());
            return;
        }
        if (*features != Confirmation::ok) {
            tell(retry_of(*features));
            return;
        }
        const auto label = search(prints_);
        if (!label) {
            trouble(label.error());
            return;
        }
        shine(label->empty() ? Light::flashing : Light::on, label->empty() ? Colour::red : Colour::blue);
        if (callbacks_.matched) {
            callbacks_.matched(*label);
        }
    }

    /// Which of these prints buffer 1 is; empty: none. A page is believed only while what was put there lies there.
    Expected<std::string> search(const std::vector<ReaderPrint> &prints) {
        const auto found = module_->search(1, 0, module_->parameters().capacity);
        if (!found || !*found) {
            return found ? Expected<std::string>() : tl::unexpected(found.error());
        }
        for (const ReaderPrint &print : prints) {
            const auto place = read_place(print.data);
            if (!place || place->page != (*found)->page) {
                continue;
            }
            const auto same = holds(*module_, *place);
            if (same && !*same && callbacks_.exchanged) {
                callbacks_.exchanged(print.label);
            }
            return same ? Expected<std::string>(*same ? print.label : "") : tl::unexpected(same.error());
        }
        return std::string();
    }

    Expected<void> forget_now(const ReaderPrint &print) {
        const auto place = read_place(print.data);
        if (!place) {
            return tl::unexpected(place.error());
        }
        return module_ ? uart::forget(*module_, *place)
                       : fail(ErrorCode::unavailable, "the fingerprint module is unplugged");
    }

    // --- an enrolment ---

    void take_finger(const std::string &label, const std::vector<ReaderPrint> &others) {
        auto print =
            module_ ? take(label, others) : fail(ErrorCode::unavailable, "the fingerprint module is unplugged");
        const std::optional<Error> error = print ? std::nullopt : std::optional(print.error());
        if (print && *print) {
            callbacks_.enrolled ? callbacks_.enrolled(std::move(**print)) : void();
        } else if (!print && callbacks_.enrolled) {
            callbacks_.enrolled(tl::unexpected(*error));
        }
        shine(print ? Light::on : Light::flashing, print ? Colour::blue : Colour::red);
        if (error && is_gone(*error)) {
            lose(*error);
        }
    }

    /// Nothing: the finger is known, which was told.
    Expected<std::optional<ReaderPrint>> take(const std::string &label, const std::vector<ReaderPrint> &others) {
        if (const auto made = make_model(); !made) {
            return tl::unexpected(made.error());
        }
        const auto known = find_known(others);
        if (!known || !known->empty()) {
            if (known && callbacks_.known) {
                callbacks_.known(*known);
            }
            return known ? Expected<std::optional<ReaderPrint>>(std::nullopt) : tl::unexpected(known.error());
        }
        const auto place = keep_model(*module_);
        if (!place) {
            return tl::unexpected(place.error());
        }
        return ReaderPrint{label, write_place(*place)};
    }

    /// Two impressions that the module makes one template of, in both buffers.
    Expected<void> make_model() {
        while (true) {
            if (const auto collected = collect(); !collected) {
                return collected;
            }
            const auto made = module_->make_model();
            if (!made || *made == Confirmation::ok) {
                return made ? Expected<void>() : tl::unexpected(made.error());
            }
            tell(Retry::not_the_same_finger);
        }
    }

    Expected<void> collect() {
        // What went on before took its time: the finger that lay there then may be gone, and the next one is another.
        if (const auto seen = see_finger(); !seen) {
            return tl::unexpected(seen.error());
        }
        tell_stage(0);
        for (std::uint8_t buffer = 1; buffer <= kStages;) {
            if (const auto laid = wait_for_finger(); !laid) {
                return laid;
            }
            const auto features = module_->extract(buffer);
            if (!features) {
                return tl::unexpected(features.error());
            }
            if (*features == Confirmation::ok) {
                tell_stage(buffer);
                ++buffer;
            } else {
                tell(retry_of(*features));
            }
        }
        return {};
    }

    Expected<void> wait_for_finger() {
        while (!wants_end(true)) {
            const auto fresh = see_finger();
            if (!fresh || *fresh) {
                return fresh ? Expected<void>() : tl::unexpected(fresh.error());
            }
            pause(kLookEvery, true);
        }
        return fail(ErrorCode::cancelled, "the enrolment was cancelled");
    }

    void tell_stage(int done) const {
        if (callbacks_.stage) {
            callbacks_.stage(done, kStages);
        }
    }

    /// Which of everybody's prints the new model is. A page that finds it and is nobody's holds what an enrolment left
    /// that was cut off, or what somebody stored with another machine: it is emptied, and the search goes on.
    Expected<std::string> find_known(const std::vector<ReaderPrint> &others) {
        for (int emptied = 0; emptied < kMostEmptied; ++emptied) {
            const auto found = module_->search(1, 0, module_->parameters().capacity);
            const auto label = found && *found ? search(others) : Expected<std::string>();
            if (!found || !*found || !label || !label->empty()) {
                return found ? label : tl::unexpected(found.error());
            }
            log::warning("fingerprint_module_page_is_nobodys", {{"page", int{(*found)->page}}});
            if (const auto erased = module_->erase((*found)->page, 1); !erased) {
                return tl::unexpected(erased.error());
            }
        }
        return fail(ErrorCode::io, "the fingerprint module finds again what it said to have erased");
    }

    const ModuleOptions options_;
    std::unique_ptr<Module> module_; // null: unplugged
    Callbacks callbacks_;
    std::vector<ReaderPrint> prints_;
    bool finger_lies_ = false, has_ring_ = false;
    std::thread thread_;

    mutable std::mutex mutex_; // of all that follows
    std::condition_variable changed_;
    std::deque<std::function<void()>> orders_;
    bool stopping_ = false, cancelled_ = false, is_virtual_ = false;
    std::string family_;
    std::size_t capacity_ = 0;
};

} // namespace

Expected<std::unique_ptr<Reader>> open_uart_reader(const ModuleOptions &options) {
    auto reader = std::make_unique<UartReader>(options);
    if (auto opened = reader->open(); !opened) {
        return tl::unexpected(opened.error());
    }
    return reader;
}

} // namespace xueshi::fingerprint::uart
