#include "daemon/sync/uplink.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/core/base/log.hpp"

namespace xueshi::sync {

namespace asio = boost::asio;

namespace {

/// Bodies of one batch: JSON escaping at most doubles them, and 1,000 envelopes are under 512 KiB.
constexpr std::size_t kBodyBytes = wire::kMaxBatchBytes / 3;
constexpr std::int64_t kEnvelopeBytes = 512;
constexpr std::size_t kReportsAtOnce = 16;

const Words kNoJournal{"等待终端的考勤日志", "waiting for the terminal's journal", "단말기의 출석 기록부를 기다립니다"};
const Words kWrongJournal{"考勤日志与已确认的记录不符，请联系管理员",
                          "the journal does not go with what is acknowledged; ask the operator",
                          "출석 기록부가 확인된 기록과 맞지 않습니다. 관리자에게 연락하십시오"};
const Words kBadAnswer{"登记平台的应答未通过核对，记录保存在本机",
                       "the registry's answer did not pass the check; records are kept here",
                       "등록 시스템의 응답이 확인을 통과하지 못했습니다. 기록은 이 단말기에 보관됩니다"};
const Words kStuck{"登记平台未继续接收，记录保存在本机", "the registry takes no more for now; records are kept here",
                   "등록 시스템이 지금은 더 받지 않습니다. 기록은 이 단말기에 보관됩니다"};

/// So often in a row an event is refused alone, in pauses that grow to minutes, before it is withheld: about an hour.
constexpr int kMostRefusals = 18;

/// What one batch may hold: half of the bytes are for envelopes, half for bodies that JSON doubles.
struct Room {
    std::size_t events, body_bytes;
};
Room room_in(std::int64_t bytes) {
    const auto at_least_one = [](std::int64_t number) {
        return static_cast<std::size_t>(std::max<std::int64_t>(1, number));
    };
    return bytes == 0 ? Room{wire::kMaxEventsPerBatch, kBodyBytes}
                      : Room{at_least_one(bytes / 2 / kEnvelopeBytes), std::min(kBodyBytes, at_least_one(bytes / 4))};
}

/// The beginning of a chain says which events of earlier ones are lost, in these kinds.
bool may_declare_lost(const record::StoredEvent &event) {
    return event.kind == record::to_string(record::EventKind::boot) ||
           event.kind == record::to_string(record::EventKind::tamper);
}

} // namespace

Uplink::Uplink(upstream::Upstream &upstream, EventSource &source, State &state, Terminal &terminal,
               const identity::PublicKey &registry_key, WallClock wall_ms)
    : upstream_(upstream), source_(source), state_(state), terminal_(terminal), registry_key_(registry_key),
      wall_ms_(std::move(wall_ms)), size_(wire::kMaxEventsPerBatch) {}

/// Looks whether the journal is the one that was claimed and no older than what is acknowledged.
Expected<void> Uplink::begin() {
    auto chains = source_.chains();
    if (!chains) {
        return tl::unexpected<Error>(chains.error());
    }
    const JournalChain &present = chains->back();
    if (!state_.claim() || present.about.device != state_.claim()->device) {
        return fail(ErrorCode::denied, "the journal is another device's than the one that was claimed");
    }
    std::erase_if(*chains, [&](const JournalChain &chain) { return chain.about.device != present.about.device; });
    return choose(*chains);
}

/// The first chain that the registry takes more of, else the present one.
Expected<void> Uplink::choose(const std::vector<JournalChain> &chains) {
    queue_ = 0;
    place_ = nullptr;
    for (const JournalChain &chain : chains) {
        const auto acked = state_.acked(chain.about.chain);
        if (!acked) {
            return tl::unexpected<Error>(acked.error());
        }
        if (!chain.former && chain.head.seq < *acked) {
            return fail(ErrorCode::conflict, fmt::format("the journal ends at event {}, but {} are acknowledged: it "
                                                         "was rolled back or replaced",
                                                         chain.head.seq, *acked));
        }
        Place &place = places_.try_emplace(chain.about.chain, Place{.cursor = *acked}).first->second;
        place.end = chain.head.seq;
        queue_ += std::max<std::int64_t>(0, place.end - (chain.former ? std::max(*acked, place.cursor) : *acked));
        const bool has_more = chain.former && place.cursor < place.end && !place.waits;
        if (place_ == nullptr && (has_more || !chain.former)) {
            chain_ = chain;
            place_ = &place;
            held_ = *acked;
        }
        acked_ = *acked; // the present one is the last
    }
    return {};
}

Expected<wire::EventBatch> Uplink::next_batch() {
    const Room room = room_in(most_bytes_);
    auto events =
        source_.read(chain_.about.chain, place_->cursor, std::min(size_.count(), room.events), room.body_bytes);
    if (!events) {
        return fail(events, "read the journal");
    }
    wire::EventBatch batch;
    batch.chain = chain_.about.chain;
    batch.events = std::move(*events);
    oldest_ms_ = batch.events.empty() ? 0 : batch.events.front().id.unix_ms();
    if (!batch.events.empty() && batch.events.front().seq == place_->withheld) {
        batch.events.resize(1);
        if (place_->linked != place_->withheld) {
            batch.events.front().body.clear();
        }
    }
    return batch;
}

/// A chain that is found to wait does not end the step: however short the lives are, each step gets something on.
asio::awaitable<Outcome<Uplink::Step>> Uplink::step() {
    for (;;) {
        const auto outcome = co_await go_on();
        if (!outcome || !place_->waits) {
            co_return outcome;
        }
    }
}

asio::awaitable<Outcome<Uplink::Step>> Uplink::go_on() {
    if (const auto begun = begin(); !begun) {
        co_return hindered(begun.error(), begun.error().code == ErrorCode::unavailable ? kNoJournal : kWrongJournal);
    }
    auto batch = next_batch();
    if (!batch && chain_.former && batch.error().code == ErrorCode::corrupt) {
        let_wait(batch.error().message);
        co_return Step::delivered;
    }
    if (!batch) {
        co_return hindered(batch.error(), kNoJournal);
    }
    if (!batch->events.empty()) {
        co_return co_await deliver(std::move(*batch));
    }
    if (!chain_.former) {
        co_return Step::idle;
    }
    place_->cursor = place_->end;
    co_return Step::delivered;
}

asio::awaitable<Outcome<Uplink::Step>> Uplink::deliver(wire::EventBatch batch) {
    auto answer = co_await upstream_.send_events(batch);
    if (answer) {
        co_return conclude(batch, *answer);
    }
    if (answer.error().status == 0) { // it may be more than the link carries in time
        size_.unanswered(batch.events.size(), answer.error().error.code);
    }
    if (!blames_batch(answer.error().status)) {
        co_return refused(answer.error());
    }
    const record::Sequence front = batch.events.front().seq;
    if (front == place_->linked) { // by who took its link just now: it is the body's own fault
        place_->cursor = front;
        co_return Step::delivered;
    }
    if (front == place_->withheld) { // a link has no fault: all that goes this way is refused
        place_->withheld = 0;
        place_->refusals = 0;
        co_return refused(answer.error());
    }
    if (size_.refused(batch.events.size())) {
        log::debug("batch_halved", {{"events", batch.events.size()}, {"status", answer.error().status}});
        co_return Step::delivered;
    }
    if (!believes(front, answer.error().status)) {
        co_return refused(answer.error());
    }
    if (const auto withheld = withhold(batch.events.front(), answer.error()); !withheld) {
        co_return mistrusted(withheld.error(), kBadAnswer);
    }
    co_return Step::delivered;
}

Outcome<Uplink::Step> Uplink::conclude(const wire::EventBatch &batch, const wire::BatchAnswer &answer) {
    const record::Sequence before = place_->cursor;
    const auto moved = settle(batch, answer);
    if (!moved && chain_.former && moved.error().code == ErrorCode::conflict) {
        let_wait(moved.error().message);
        return Step::delivered;
    }
    if (!moved) {
        return mistrusted(moved.error(), kBadAnswer);
    }
    if (!*moved && chain_.former && place_->cursor >= before) {
        if (place_->cursor == before) {
            let_wait(answer.results.front().reason);
        }
        return Step::delivered;
    }
    if (const record::Sequence front = batch.events.front().seq; *moved && front == place_->withheld) {
        if (const auto offered = offer_again(front, is_held(answer.results.front())); !offered) {
            return mistrusted(offered.error(), kBadAnswer);
        }
    }
    if (!*moved) {
        const Error error{ErrorCode::unavailable, answer.results.front().reason};
        return mistrusted(error, kStuck);
    }
    if (std::any_of(batch.events.begin(), batch.events.end(), may_declare_lost)) {
        for (auto &[chain, place] : places_) {
            place.waits = false;
        }
    }
    size_.accepted();
    return Step::delivered;
}

/// 413 speaks of the event. What else is said of a whole request may be a proxy's word, or a registry's that is being
/// replaced: it passes, and only what does not pass is taken for the event's own fault, so that nothing waits for ever.
bool Uplink::believes(record::Sequence seq, unsigned status) {
    place_->refusals = place_->blamed == seq ? place_->refusals + 1 : 1;
    place_->blamed = seq;
    return status == 413 || place_->refusals >= kMostRefusals;
}

/// Its body stays here, its link goes on.
Expected<void> Uplink::withhold(const record::StoredEvent &event, const upstream::Refusal &refusal) {
    const std::string outcome = refusal.status == 413 ? "too_large" : "invalid";
    if (const auto kept = quarantine(event, outcome, refusal.error.message); !kept) {
        return tl::unexpected<Error>(kept.error());
    }
    place_->withheld = event.seq;
    return {};
}

/// What refused the body may be over by the time that its link is taken.
Expected<void> Uplink::offer_again(record::Sequence withheld, bool taken) {
    if (place_->linked != withheld) {
        place_->linked = withheld;
        place_->cursor = withheld - 1;
        return {};
    }
    place_->linked = place_->withheld = 0;
    return taken ? state_.release(chain_.about.chain, withheld) : Expected<void>();
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
        moved = moved || *fresh || result.seq == place_->withheld;
    }
    const record::Sequence held_before = held_;
    if (answer.receipt) {
        if (const auto taken = take_receipt(*answer.receipt, verdict->rejected.empty()); !taken) {
            return tl::unexpected<Error>(taken.error());
        }
    }
    const bool fresh_receipt = held_ > held_before;
    if (verdict->cursor < place_->cursor) { // a registry restored from an older copy: it gets again what it lost
        log::warning("registry_fell_behind",
                     {{"chain", batch.chain}, {"sent_after", place_->cursor}, {"held_through", verdict->cursor}});
        offer_former_again();
    }
    place_->cursor = fresh_receipt ? std::max(verdict->cursor, held_) : verdict->cursor;
    return moved || fresh_receipt;
}

/// `all_taken`: the registry refused nothing of the batch.
Expected<void> Uplink::take_receipt(const identity::SignedDocument &document, bool all_taken) {
    const auto receipt = check_receipt(registry_key_, document, chain_, source_);
    if (!receipt) {
        log::error("receipt_refused", {log::Field(receipt.error())});
        return tl::unexpected<Error>(receipt.error());
    }
    // Beyond a former chain's end the registry may hold what damage took here, or another history of it.
    const bool proves = !chain_.former || receipt->through_seq <= place_->end || all_taken;
    if (receipt->through_seq <= held_ || !proves) {
        return {};
    }
    if (const auto saved =
            state_.save_receipt(chain_.about.chain, receipt->through_seq, document, wall_ms_(), chain_.former);
        !saved) {
        return tl::unexpected<Error>(saved.error());
    }
    held_ = receipt->through_seq;
    acked_ = chain_.former ? acked_ : held_;
    return {};
}

Expected<bool> Uplink::quarantine(const record::StoredEvent &event, std::string outcome, std::string reason) {
    Rejection rejection;
    rejection.chain = chain_.about.chain;
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

std::int64_t Uplink::former_waiting() const {
    return std::count_if(places_.begin(), places_.end(), [](const auto &entry) { return entry.second.waits; });
}

/// A former chain, until a later chain's beginning may have changed that.
void Uplink::let_wait(std::string_view why) {
    place_->waits = true;
    log::warning("former_chain_waits", {{"chain", chain_.about.chain}, {"after", place_->cursor}, {"reason", why}});
}

/// The last event of each is sent once more: its answer says whether the registry lost any of that chain.
void Uplink::offer_former_again() {
    for (auto &[chain, place] : places_) {
        if (&place != place_ && place.end > 0) {
            place.cursor = std::min(place.cursor, place.end - 1);
            place.waits = false;
        }
    }
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
            arguments["chain"] = rejection.chain.str();
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
