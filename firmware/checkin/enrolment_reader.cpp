// A finger that the reader takes, keeps and matches by itself.
#include <chrono>

#include <fmt/format.h>

#include "firmware/checkin/enrolment.hpp"
#include "firmware/checkin/finger_progress.hpp"
#include "firmware/checkin/guidance.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::checkin {

namespace {

constexpr std::size_t kLabelBytes = 12;
constexpr int kMaxRetries = 25;
constexpr std::int64_t kEndMs = 10'000; // a reader that was told to stop has said so by then

Guidance guidance_for_stage(int done, int of) {
    return done == 0 ? Guidance::finger_please : done < of ? Guidance::lift_and_retry : Guidance::finger_taken;
}

} // namespace

void Enrolment::offer_stage(int done, int of) {
    stages_.push_back({done, of});
    wakeup_.notify();
}

void Enrolment::offer_known(const std::string &label) {
    taking_.reset();
    ended_ = Known{label};
    wakeup_.notify();
}

void Enrolment::offer_print(Expected<fingerprint::ReaderPrint> print) {
    if (!taking_) {
        return; // of an order that another reader, or none, has answered
    }
    if (print) {
        ended_ = owe(std::move(*print));
    } else {
        ended_ = Expected<Taken>(tl::unexpected(print.error()));
    }
    taking_.reset();
    if (!busy_ || !wants_fingers_) { // nobody waits for it any more
        ended_.reset();
        parts_.reader_desk->spare({});
        parts_.reader_desk->pay();
    }
    wakeup_.notify();
}

/// Before anything else is asked: a power cut must not leave a finger in the reader that nobody knows of.
Expected<Enrolment::Taken> Enrolment::owe(fingerprint::ReaderPrint print) {
    if (!parts_.reader_desk->keeps_prints()) {
        return Taken{std::move(print), std::nullopt};
    }
    taking_->bytes = fingerprint::write_print(print);
    auto debt = parts_.gallery.owe(*taking_);
    if (debt) {
        parts_.reader_desk->spare(print.label);
        return Taken{std::move(print), *debt};
    }
    if (auto *reader = parts_.reader_desk->matching(); reader == nullptr || !reader->forget(print)) {
        log::error("print_left_in_reader", {{"person", taking_->person}, log::Field(debt.error())});
    }
    return fail(debt, "keep where the print lies");
}

boost::asio::awaitable<Expected<Enrolment::Ended>> Enrolment::collect_print(const FingerOrder &order) {
    const auto family = parts_.reader_desk->family();
    auto *reader = parts_.reader_desk->matching();
    if (taking_) { // whose print would it be that still comes?
        co_return fail(ErrorCode::unavailable, "the fingerprint reader has not ended the enrolment before: try again");
    }
    taking_ = gallery::StoredTemplate{0, order.person, "finger", order.finger, family, {}, {}, true};
    ended_.reset();
    wants_fingers_ = true;
    if (auto ordered = reader->enrol(random_token(kLabelBytes), parts_.candidates.all_prints()); !ordered) {
        taking_.reset();
        co_return tl::unexpected(ordered.error());
    }
    Stage stage{0, reader->capabilities().enrol_stages};
    auto last = parts_.clock.now().boot_ms;
    int retries = 0;
    std::optional<std::int64_t> cancelled_ms;
    while (!ended_ || !stages_.empty() || !retries_.empty()) {
        const auto now = parts_.clock.now().boot_ms;
        const bool enough = retries >= kMaxRetries || now - last > kFingerSilenceMs || !order.watcher.still_there();
        if (!cancelled_ms && (enough || parts_.reader_desk->matching() == nullptr)) {
            cancelled_ms = now;
            reader->cancel_enrolment();
        }
        if (cancelled_ms && now - *cancelled_ms > kEndMs) {
            break; // what it still takes is owed when it comes
        }
        if (!stages_.empty()) {
            stage = stages_.front();
            stages_.pop_front();
            last = now;
            order.watcher.progress(finger_progress(static_cast<std::size_t>(stage.done),
                                                   static_cast<std::size_t>(stage.of),
                                                   guidance_for_stage(stage.done, stage.of)));
        } else if (!retries_.empty()) {
            last = now;
            ++retries;
            order.watcher.progress(finger_progress(static_cast<std::size_t>(stage.done),
                                                   static_cast<std::size_t>(stage.of), guidance_for(retries_.front())));
            retries_.pop_front();
        } else {
            co_await wakeup_.wait(kLookAgain);
        }
    }
    if (!ended_ || (cancelled_ms && std::holds_alternative<Known>(*ended_))) {
        co_return fail(ErrorCode::timeout, kNotEnough);
    }
    co_return *std::exchange(ended_, std::nullopt);
}

/// Under another name it is a duplicate, whatever the operator saw: the reader could not tell the two apart.
Error Enrolment::refuse_known(const std::string &label, const FingerOrder &order) {
    const auto person = parts_.candidates.owner_of(label);
    if (person == order.person) {
        return refusal(EnrolmentRefusal::finger_enrolled_already, order.order, person,
                       parts_.candidates.finger_of(label), &order.watcher);
    }
    json::Object data{{"action", "duplicate_refused"}, {"factor", "finger"},
                      {"person", order.person.str()},  {"other", person.str()},
                      {"matched_by", "reader"},        {"operator", order.order.operator_name}};
    if (auto journaled = journal(record::EventKind::operator_action, {}, std::move(data)); !journaled) {
        return journaled.error();
    }
    order.watcher.progress(progress_of(EnrolmentRefusal::duplicate_finger));
    const auto *other = roster_ ? roster_->trainee(person) : nullptr;
    return error_of(EnrolmentRefusal::duplicate_finger, other == nullptr ? "" : "number " + other->number);
}

Enrolment::Answer Enrolment::finger_by_reader(FingerOrder order) {
    const int samples = parts_.reader_desk->matching()->capabilities().enrol_stages;
    auto ended = co_await collect_print(order);
    if (!ended) {
        co_return tl::unexpected(ended.error());
    }
    if (const auto *known = std::get_if<Known>(&*ended)) {
        co_return tl::unexpected(refuse_known(known->label, order));
    }
    const auto &taken = std::get<Expected<Taken>>(*ended);
    if (!taken) {
        co_return tl::unexpected(taken.error());
    }
    auto kept = order.watcher.still_there() ? keep_print(*taken, order, samples)
                                            : Expected<EnrolmentOutcome>(fail(ErrorCode::timeout, kNotEnough));
    parts_.reader_desk->spare({});
    if (!kept) {
        parts_.reader_desk->pay();
    }
    co_return kept;
}

Expected<EnrolmentOutcome> Enrolment::keep_print(const Taken &taken, const FingerOrder &order, int samples) {
    const auto &family = parts_.reader_desk->family();
    if (auto journaled = journal_finger(order, samples, family); !journaled) {
        return tl::unexpected(journaled.error());
    }
    gallery::StoredTemplate stored{
        0, order.person, "finger", order.finger, family, fingerprint::write_print(taken.print)};
    auto kept = taken.debt ? parts_.gallery.keep(*taken.debt)
                           : parts_.gallery.replace(order.person, "finger", order.finger, {std::move(stored)});
    if (!kept) {
        return fail(kept, "keep the print");
    }
    return finished(order, samples);
}

} // namespace xueshi::checkin
