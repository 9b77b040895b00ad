#include "daemon/sync/uplink.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/core/base/log.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;

namespace {

/// Bodies of one batch: JSON escaping at most doubles them, and 1,000 envelopes are under 512 KiB.
constexpr std::size_t kBodyBytes = wire::kMaxBatchBytes / 3;
constexpr std::size_t kReportsAtOnce = 16;

const Words kNoJournal{"等待终端的考勤日志", "waiting for the terminal's journal"};
const Words kWrongJournal{"考勤日志与已确认的记录不符，请联系管理员",
                          "the journal does not go with what is acknowledged; ask the operator"};
const Words kBadAnswer{"登记平台的应答未通过核对，记录保存在本机",
                       "the registry's answer did not pass the check; records are kept here"};
const Words kStuck{"登记平台未继续接收，记录保存在本机", "the registry takes no more for now; records are kept here"};

/// Statuses that blame the batch itself: sending the same again cannot help.
bool blames_batch(unsigned status) {
    return status == 413 || status == 400 || status == 422;
}

/// What terminald will never take is not offered for ever.
bool may_be_told_later(ErrorCode code) {
    return code != ErrorCode::invalid_argument && code != ErrorCode::denied && code != ErrorCode::unsupported;
}

} // namespace

Uplink::Uplink(upstream::Upstream &upstream, EventSource &source, State &state, Terminal &terminal,
               const identity::PublicKey &registry_key, WallClock wall_ms)
    : upstream_(upstream), source_(source), state_(state), terminal_(terminal), registry_key_(registry_key),
      wall_ms_(std::move(wall_ms)), size_(wire::kMaxEventsPerBatch) {}

/// Looks whether the journal is the one that was looked at last, and the one that was claimed.
Expected<void> Uplink::begin() {
    auto journal = source_.description();
    if (!journal) {
        return tl::unexpected<Error>(journal.error());
    }
    if (!state_.claim() || journal->device != state_.claim()->device) {
        return fail(ErrorCode::denied, "the journal is another device's than the one that was claimed");
    }
    const auto acked = state_.acked(journal->chain);
    const auto head = source_.head();
    if (!acked || !head) {
        return tl::unexpected<Error>(acked ? head.error() : acked.error());
    }
    if (head->seq < *acked) {
        return fail(ErrorCode::conflict, fmt::format("the journal ends at event {}, but {} are acknowledged: it was "
                                                     "rolled back or replaced",
                                                     head->seq, *acked));
    }
    if (journal->chain != journal_.chain) {
        cursor_ = *acked;
        withheld_ = 0;
    }
    journal_ = std::move(*journal);
    acked_ = *acked;
    queue_ = head->seq - acked_;
    return {};
}

Expected<wire::EventBatch> Uplink::next_batch() {
    auto events = source_.read(cursor_, size_.count(), kBodyBytes);
    if (!events) {
        return fail(events, "read the journal");
    }
    wire::EventBatch batch;
    batch.chain = journal_.chain;
    batch.events = std::move(*events);
    if (!batch.events.empty() && batch.events.front().seq == withheld_) {
        batch.events.resize(1);
        batch.events.front().body.clear();
    }
    return batch;
}

asio::awaitable<Outcome<Uplink::Step>> Uplink::step() {
    if (const auto begun = begin(); !begun) {
        co_return hindered(begun.error(), begun.error().code == ErrorCode::unavailable ? kNoJournal : kWrongJournal);
    }
    auto batch = next_batch();
    if (!batch) {
        co_return hindered(batch.error(), kNoJournal);
    }
    if (batch->events.empty()) {
        co_return Step::idle;
    }
    co_return co_await deliver(std::move(*batch));
}

asio::awaitable<Outcome<Uplink::Step>> Uplink::deliver(wire::EventBatch batch) {
    auto answer = co_await upstream_.send_events(batch);
    if (!answer) {
        if (blames_batch(answer.error().status) && batch.events.front().seq != withheld_) {
            const auto isolated = isolate(batch, answer.error());
            if (!isolated) {
                co_return mistrusted(isolated.error(), kBadAnswer);
            }
            co_return Step::delivered;
        }
        co_return refused(answer.error());
    }
    const auto moved = settle(batch, *answer);
    if (!moved) {
        co_return mistrusted(moved.error(), kBadAnswer);
    }
    if (!*moved) {
        const Error error{ErrorCode::unavailable, answer->results.front().reason};
        co_return mistrusted(error, kStuck);
    }
    size_.accepted();
    co_return Step::delivered;
}

/// A batch is halved until one event is left that cannot pass; its body stays here, its link goes on.
Expected<void> Uplink::isolate(const wire::EventBatch &batch, const upstream::Refusal &refusal) {
    if (size_.refused(batch.events.size())) {
        log::debug("batch_halved", {{"events", batch.events.size()}, {"status", refusal.status}});
        return {};
    }
    const auto &event = batch.events.front();
    const std::string outcome = refusal.status == 413 ? "too_large" : "invalid";
    if (const auto kept = quarantine(event, outcome, refusal.error.message); !kept) {
        return tl::unexpected<Error>(kept.error());
    }
    withheld_ = event.seq;
    return {};
}

/// True: the queue moved.
Expected<bool> Uplink::settle(const wire::EventBatch &batch, const wire::BatchAnswer &answer) {
    const auto verdict = judge(batch, answer);
    if (!verdict) {
        return tl::unexpected<Error>(verdict.error());
    }
    bool moved = verdict->cursor > batch.events.front().seq - 1 && verdict->rejected.size() < batch.events.size();
    for (const auto &result : verdict->rejected) {
        const auto &event = *std::find_if(batch.events.begin(), batch.events.end(),
                                          [&](const auto &entry) { return entry.seq == result.seq; });
        const auto fresh = quarantine(event, std::string(wire::to_string(result.outcome)), result.reason);
        if (!fresh) {
            return tl::unexpected<Error>(fresh.error());
        }
        moved = moved || *fresh || result.seq == withheld_;
    }
    const record::Sequence acked_before = acked_;
    if (answer.receipt) {
        if (const auto taken = take_receipt(*answer.receipt); !taken) {
            return tl::unexpected<Error>(taken.error());
        }
    }
    const bool fresh_receipt = acked_ > acked_before;
    if (verdict->cursor < cursor_) { // a registry restored from an older copy: it gets again what it lost
        log::warning("registry_fell_behind", {{"sent_after", cursor_}, {"held_through", verdict->cursor}});
    }
    cursor_ = fresh_receipt ? std::max(verdict->cursor, acked_) : verdict->cursor;
    return moved || fresh_receipt;
}

Expected<void> Uplink::take_receipt(const identity::SignedDocument &document) {
    const auto receipt = check_receipt(registry_key_, document, journal_, source_);
    if (!receipt) {
        log::error("receipt_refused", {log::Field(receipt.error())});
        return tl::unexpected<Error>(receipt.error());
    }
    if (receipt->through_seq <= acked_) {
        return {};
    }
    if (const auto saved = state_.save_receipt(journal_.chain, receipt->through_seq, document, wall_ms_()); !saved) {
        return tl::unexpected<Error>(saved.error());
    }
    queue_ -= receipt->through_seq - acked_;
    acked_ = receipt->through_seq;
    return {};
}

Expected<bool> Uplink::quarantine(const record::StoredEvent &event, std::string outcome, std::string reason) {
    Rejection rejection;
    rejection.chain = journal_.chain;
    rejection.seq = event.seq;
    rejection.id = event.id;
    rejection.kind = event.kind;
    rejection.outcome = std::move(outcome);
    rejection.reason = std::move(reason);
    rejection.hash = event.hash;
    rejection.signature = event.signature;
    auto fresh = state_.quarantine(rejection, wall_ms_());
    if (fresh && *fresh) {
        log::warning("event_rejected",
                     {{"seq", event.seq}, {"outcome", rejection.outcome}, {"reason", rejection.reason}});
    }
    return fresh;
}

asio::awaitable<void> Uplink::report_rejections() {
    const auto rejections = state_.unreported(kReportsAtOnce);
    if (!rejections) {
        co_return;
    }
    for (const auto &rejection : *rejections) {
        // A rejection is itself journaled: one of those rejected again must not make another, without end.
        if (rejection.kind != record::to_string(record::EventKind::sync_rejection)) {
            json::Object arguments;
            arguments["seq"] = rejection.seq;
            arguments["outcome"] = rejection.outcome;
            arguments["reason"] = rejection.reason;
            const auto told = co_await terminal_.call("sync_rejection", std::move(arguments));
            if (!told && may_be_told_later(told.error().code)) {
                co_return;
            }
        }
        if (!state_.mark_reported(rejection.chain, rejection.seq)) {
            co_return;
        }
    }
}

} // namespace xueshi::sync
