#include "daemon/registry/ingest/batch.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "daemon/registry/ingest/flags.hpp"
#include "daemon/registry/store/alarms.hpp"
#include "daemon/registry/store/classes.hpp"
#include "daemon/registry/store/commands.hpp"
#include "daemon/registry/store/events.hpp"
#include "firmware/core/identity/chain.hpp"
#include "firmware/core/identity/command.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::registry::ingest {

using record::StoredEvent;
using wire::EventOutcome;

namespace {

constexpr std::string_view kSalvage = "adopted_salvage";
constexpr std::size_t kChecksWorthAThread = 32; // some milliseconds of work
constexpr std::int64_t kMaxAside = 1'000;       // of one seq: each is another body

bool same(const StoredEvent &a, const StoredEvent &b) {
    return a.id == b.id && a.hash == b.hash && a.kind == b.kind && a.body == b.body;
}

class Batch {
public:
    Batch(store::Session &session, const store::Device &device, const identity::PublicKey &key,
          const rules::CountingPolicy &policy, std::int64_t now_ms, const identity::PublicKey *registry_key,
          store::Chain chain)
        : session_(session), device_(device), key_(key), policy_(policy), now_ms_(now_ms), registry_key_(registry_key),
          chain_(std::move(chain)), held_ids_(session, device.institution, device.id) {}

    /// `by_itself`: what the event shows by itself; `placed`: if that is nothing, the chain goes on behind it.
    wire::EventResult take(const StoredEvent &event, const Expected<record::EventBody> &by_itself, bool placed) {
        if (event.seq <= chain_.head_seq) {
            return held_before(event);
        }
        if (event.seq != chain_.head_seq + 1 && !pass_lost(event)) {
            return result(event, EventOutcome::not_tried, fmt::format("seq {} comes next", chain_.head_seq + 1));
        }
        if (event.prev != chain_.head_hash && !(by_itself && head_is_unproven())) {
            return conflict(event, fmt::format("does not follow what is held at seq {}", chain_.head_seq));
        }
        if (!by_itself) {
            set_aside(event, EventOutcome::invalid, by_itself.error().message, placed);
            if (placed) {
                advance(event);
            }
            return result(event, EventOutcome::invalid, by_itself.error().message);
        }
        if (!ids_.insert(event.id).second || held_ids_.knows(event.id)) {
            auto answer = conflict(event, "this id is held with another body", true);
            advance(event); // it is signed and in its place: the chain goes on behind it
            return answer;
        }
        accept(event, *by_itself);
        return result(event, EventOutcome::stored, {});
    }

    /// Writes what was accepted, with positions in order, and the chain's new head.
    store::Chain finish() {
        if (!accepted_.empty()) {
            const auto count = static_cast<std::int64_t>(accepted_.size());
            std::int64_t position = store::take_positions(session_, device_.institution, count);
            for (store::Event &event : accepted_) {
                event.position = position++;
            }
            store::add_events(session_, accepted_);
            chain_.count += count;
        }
        if (moved_) {
            chain_.last_received_ms = now_ms_;
            store::save_chain(session_, chain_);
        }
        return chain_;
    }

private:
    static wire::EventResult result(const StoredEvent &event, EventOutcome outcome, std::string reason) {
        wire::EventResult result;
        result.seq = event.seq;
        result.outcome = outcome;
        result.reason = std::move(reason);
        return result;
    }

    /// F13: a resend gets the stored answer.
    wire::EventResult held_before(const StoredEvent &event) {
        const auto held = store::find_event(session_, device_.institution, device_.id, chain_.id, event.seq);
        if (held && same(held->event, event)) {
            return result(event, EventOutcome::duplicate, {});
        }
        for (const auto &aside :
             store::quarantined(session_, device_.institution, device_.id, chain_.id, event.seq, kMaxAside)) {
            if (same(aside.event, event)) {
                const bool invalid = aside.outcome == to_string(EventOutcome::invalid);
                return result(event, invalid ? EventOutcome::invalid : EventOutcome::conflict, aside.reason);
            }
            if (!held && aside.in_place && fill_place(event, aside)) {
                return result(event, EventOutcome::stored, {});
            }
        }
        return conflict(event, "another event is held at this seq");
    }

    /// The chain went on behind an event that nobody signed: its hash is only what its sender said.
    bool head_is_unproven() {
        if (chain_.head_seq == 0 || held_at(chain_.head_seq)) {
            return false;
        }
        const auto asides =
            store::quarantined(session_, device_.institution, device_.id, chain_.id, chain_.head_seq, kMaxAside);
        return std::ranges::any_of(asides, [](const store::Quarantined &aside) {
            return aside.in_place && aside.outcome == to_string(EventOutcome::invalid);
        });
    }

    /// The event itself, where it came without its body, damaged or forged before: what the device signed counts, under
    /// whatever hash the chain went on. False: this one is not sound either, its id is held, or it contradicts one
    /// beside it.
    bool fill_place(const StoredEvent &event, const store::Quarantined &aside) {
        const auto body = identity::check_event(key_, device_.id, chain_.id, event);
        const bool unproven = aside.outcome == to_string(EventOutcome::invalid);
        if (!unproven || !body || contradicts_held(event) || held_ids_.knows(event.id) ||
            !ids_.insert(event.id).second) {
            return false;
        }
        store::leave_place(session_, aside);
        if (event.seq == chain_.head_seq) {
            chain_.head_hash = event.hash;
        }
        note(event, *body);
        // What the chain knows by now came after this event: only what the one before it knew limits its time.
        const auto before = held_at(event.seq - 1);
        keep(event, *body, ClockLimits{0, before ? before->after_ms : 0, now_ms_});
        moved_ = true;
        return true;
    }

    wire::EventResult conflict(const StoredEvent &event, const std::string &reason, bool in_place = false) {
        if (set_aside(event, EventOutcome::conflict, reason, in_place)) {
            const std::string detail = fmt::format("chain {} seq {}: {}", chain_.id.str(), event.seq, reason);
            if (is_second_history(event)) {
                quarantine_device("two_histories", detail);
            } else {
                alarm("conflict", detail);
            }
        }
        return result(event, EventOutcome::conflict, reason);
    }

    /// Two events that the device itself signed contradict each other: its card was copied or an older one put back.
    /// Where no signed event is held, this one may be the only one: it came damaged first, or its id was used again.
    bool is_second_history(const StoredEvent &event) {
        identity::ChainVerifier verifier(key_, device_.id, chain_.id, event.seq - 1, event.prev);
        return contradicts_held(event) && verifier.feed(event).has_value();
    }

    bool contradicts_held(const StoredEvent &event) {
        if (const auto held = held_at(event.seq)) {
            return held->event.hash != event.hash;
        }
        const auto before = held_at(event.seq - 1), after = held_at(event.seq + 1);
        const bool first = event.seq == 1 && event.prev != Sha256{};
        return first || (before && before->event.hash != event.prev) || (after && after->event.prev != event.hash);
    }

    /// Also what this batch has taken in so far.
    std::optional<store::Event> held_at(record::Sequence seq) {
        const auto taken = std::find_if(accepted_.begin(), accepted_.end(),
                                        [seq](const store::Event &event) { return event.event.seq == seq; });
        return taken != accepted_.end() ? std::optional(*taken)
                                        : store::find_event(session_, device_.institution, device_.id, chain_.id, seq);
    }

    /// Events are kept on; what they prove waits for an operator's decision.
    void quarantine_device(const std::string &kind, const std::string &detail) {
        if (store::quarantine_device(session_, device_, kind + ": " + detail, now_ms_)) {
            alarm(kind, detail);
        }
    }

    /// True when all between the head and this event was declared lost: then the head is moved before it.
    bool pass_lost(const StoredEvent &event) {
        record::Sequence covered = chain_.head_seq;
        for (const auto &[first, last] : store::lost_of(session_, device_.institution, device_.id, chain_.id)) {
            covered = first <= covered + 1 ? std::max(covered, last) : covered;
        }
        identity::ChainVerifier verifier(key_, device_.id, chain_.id, event.seq - 1, event.prev);
        if (covered < event.seq - 1 || !verifier.feed(event)) {
            return false;
        }
        chain_.head_seq = event.seq - 1;
        chain_.head_hash = event.prev;
        return true;
    }

    bool set_aside(const StoredEvent &event, EventOutcome outcome, const std::string &reason, bool in_place) {
        store::Quarantined row;
        row.institution = device_.institution;
        row.device = device_.id;
        row.chain = chain_.id;
        row.event = event;
        row.outcome = to_string(outcome);
        row.reason = reason;
        row.received_ms = now_ms_;
        row.in_place = in_place;
        return store::quarantine(session_, row);
    }

    void alarm(const std::string &kind, const std::string &detail) {
        store::Alarm alarm;
        alarm.institution = device_.institution;
        alarm.kind = kind;
        alarm.device = device_.id;
        alarm.detail = detail;
        alarm.raised_ms = now_ms_;
        store::raise_alarm(session_, alarm);
    }

    void accept(const StoredEvent &event, const record::EventBody &body) {
        note(event, body);
        keep(event, body, ClockLimits{chain_.latest_clock_ms, chain_.latest_nonce_ms, now_ms_});
        advance(event);
    }

    /// What it says of its chain, of others, and of orders.
    void note(const StoredEvent &event, const record::EventBody &body) {
        if (event.seq == 1) {
            relate(body);
        }
        note_lost(body);
        note_nonce(body);
        note_command(body);
    }

    void keep(const StoredEvent &event, const record::EventBody &body, const ClockLimits &limits) {
        store::Event row;
        row.institution = device_.institution;
        row.device = device_.id;
        row.chain = chain_.id;
        row.event = event;
        row.received_ms = now_ms_;
        row.after_ms = limits.after_ms;
        row.flags = flags_of(is_trainee_, device_, policy_, body, limits);
        if (body.at.quality == ClockQuality::synchronised) {
            chain_.latest_clock_ms = std::max(chain_.latest_clock_ms, body.at.wall_ms);
        }
        name_person_and_room(row, body);
        accepted_.push_back(std::move(row));
    }

    /// A second chain of a device must begin by naming where an earlier one ended. A salvage is only flagged: the
    /// registry keeps what the terminal lost. Any other new beginning waits for an operator.
    void relate(const record::EventBody &first) {
        auto others = store::chains_of(session_, device_.institution, device_.id);
        std::erase_if(others, [&](const store::Chain &chain) { return chain.id == chain_.id; });
        const auto boot = first.kind == to_string(record::EventKind::boot) ? record::boot_from_json(first.data)
                                                                           : Expected<record::Boot>(record::Boot{});
        const bool names = boot && !boot->previous_chain.empty() && boot->previous_chain != chain_.id;
        const bool contradicts_none = others.empty() || is_followed();
        auto previous = std::find_if(others.begin(), others.end(), [&](const store::Chain &chain) {
            return names && chain.id == boot->previous_chain;
        });
        if (previous == others.end() && names && contradicts_none && boot->reason == kSalvage) {
            previous = others.emplace(others.end()); // its events were lost or come later
            previous->id = boot->previous_chain;
        }
        if (previous == others.end() && contradicts_none) {
            return;
        }
        if (previous == others.end() || !agrees(*previous, *boot)) {
            chain_.flags = "unrelated";
            if (previous == others.end() && names) { // what it says of that chain's losses is needed all the same
                save_succession(*boot);
            }
            quarantine_device("unrelated_chain",
                              fmt::format("chain {} names no head of an earlier one", chain_.id.str()));
            return;
        }
        follow(*previous, *boot);
    }

    void follow(const store::Chain &previous, const record::Boot &boot) {
        const std::string detail =
            fmt::format("chain {} follows chain {} at seq {}, of which {} are held", chain_.id.str(), previous.id.str(),
                        boot.previous_seq, previous.head_seq);
        save_succession(boot);
        if (boot.reason != kSalvage) {
            chain_.flags = "rolled_back";
            quarantine_device("rolled_back", detail);
            return;
        }
        chain_.flags = "salvaged";
        alarm(boot.previous_seq < previous.head_seq ? "salvaged_behind_receipt" : "salvaged", detail);
    }

    void save_succession(const record::Boot &boot) {
        store::save_succession(session_, chain_, {chain_.id, boot.previous_chain, boot.previous_seq, boot.reason});
    }

    /// A later chain that came in sooner says that this one was before it.
    bool is_followed() {
        const auto successions = store::successions_of(session_, device_.institution, device_.id);
        return std::any_of(successions.begin(), successions.end(),
                           [&](const store::Succession &next) { return next.previous == chain_.id; });
    }
    bool follows_another() {
        const auto successions = store::successions_of(session_, device_.institution, device_.id);
        return std::any_of(successions.begin(), successions.end(),
                           [&](const store::Succession &next) { return next.chain == chain_.id; });
    }

    /// The head that is named is the one held there, or one that has not come yet.
    bool agrees(const store::Chain &previous, const record::Boot &boot) {
        if (boot.previous_seq == 0 || boot.previous_seq > previous.head_seq) {
            return true;
        }
        if (boot.previous_seq == previous.head_seq) {
            return hex(previous.head_hash) == boot.previous_head;
        }
        const auto held = store::find_event(session_, device_.institution, device_.id, previous.id, boot.previous_seq);
        return !held || hex(held->event.hash) == boot.previous_head; // not held: quarantined or lost in its turn
    }

    /// Only a chain that took another's place may say that events of that one are lost.
    void note_lost(const record::EventBody &body) {
        const bool boot = body.seq == 1 && body.kind == to_string(record::EventKind::boot);
        if ((!boot && body.kind != to_string(record::EventKind::tamper)) || !follows_another()) {
            return;
        }
        const auto lost = record::lost_from_json(body.data);
        for (const record::LostEvents &chain : lost.value_or(std::vector<record::LostEvents>())) {
            for (const auto &range : chain.ranges) {
                if (chain.chain != chain_.id) {
                    store::declare_lost(session_, device_.institution, device_.id, chain.chain, range, now_ms_);
                }
            }
        }
    }

    void note_nonce(const record::EventBody &body) {
        if (registry_key_ == nullptr || body.kind != to_string(record::EventKind::nonce)) {
            return;
        }
        const auto document = identity::nonce_from_data(body.data);
        const auto nonce =
            document ? identity::open_nonce(*registry_key_, *document) : tl::unexpected<Error>(document.error());
        if (nonce && nonce->device == device_.id) {
            chain_.latest_nonce_ms = std::max(chain_.latest_nonce_ms, nonce->wall_ms);
        }
    }

    /// What the device says of an order: it has it, or what came of it.
    void note_command(const record::EventBody &body) {
        if (body.kind == to_string(record::EventKind::command)) {
            const auto document = identity::command_from_data(body.data);
            const auto command = document ? identity::read_command(*document) : tl::unexpected<Error>(document.error());
            if (command) {
                store::note_taken(session_, device_.institution, device_.id, command->id, now_ms_);
            }
        } else if (body.kind == to_string(record::EventKind::command_result)) {
            if (const auto result = record::command_result_from_json(body.data)) {
                store::note_result(session_, device_.institution, device_.id, *result, now_ms_);
            }
        }
    }

    void advance(const StoredEvent &event) {
        chain_.head_seq = event.seq;
        chain_.head_hash = event.hash;
        moved_ = true;
    }

    store::Session &session_;
    const store::Device &device_;
    const identity::PublicKey &key_;
    const rules::CountingPolicy &policy_;
    std::int64_t now_ms_;
    const identity::PublicKey *registry_key_;
    store::Chain chain_;
    std::set<Uuid> ids_; ///< accepted in this batch
    store::IdLookup held_ids_;
    std::map<PersonId, bool> trainees_; ///< who was asked for in this batch
    const IsTrainee is_trainee_ = [this](const PersonId &person) {
        const auto [entry, fresh] = trainees_.try_emplace(person, false);
        if (fresh) {
            entry->second = !store::classes_of_person(session_, device_.institution, person).empty();
        }
        return entry->second;
    };
    std::vector<store::Event> accepted_;
    bool moved_ = false;
};

/// What each event behind the head shows by itself: signatures take most of a registry's time, so all processors check
/// them. Those before the head are compared with what is held instead.
std::vector<Expected<record::EventBody>> check_new(const identity::PublicKey &key, const DeviceId &device,
                                                   const wire::EventBatch &batch, record::Sequence head_seq) {
    std::vector<Expected<record::EventBody>> checks(batch.events.size(), fail(ErrorCode::cancelled, "held already"));
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t i = next++; i < checks.size(); i = next++) {
            if (batch.events[i].seq > head_seq) {
                checks[i] = identity::check_event(key, device, batch.chain, batch.events[i]);
            }
        }
    };
    const std::size_t helpers = std::min<std::size_t>(checks.size() / kChecksWorthAThread,
                                                      std::max(1U, std::thread::hardware_concurrency()) - 1);
    std::vector<std::jthread> threads;
    threads.reserve(helpers);
    for (std::size_t i = 0; i < helpers; ++i) {
        threads.emplace_back(work);
    }
    work();
    threads.clear(); // joined
    return checks;
}

/// Behind which unsound events the chain goes on. Of those from the device all: one that is damaged in its journal must
/// not stop it. What somebody else brings shows its place by the next sound event, which signed the hash before it.
std::vector<bool> places_of(const wire::EventBatch &batch, const std::vector<Expected<record::EventBody>> &checks,
                            Sender sender) {
    std::vector<bool> placed(checks.size(), sender == Sender::device);
    bool next_placed = false;
    for (std::size_t i = checks.size(); i-- > 1;) {
        const auto &before = batch.events[i - 1], &event = batch.events[i];
        next_placed = (checks[i] || next_placed) && before.seq + 1 == event.seq && before.hash == event.prev;
        placed[i - 1] = placed[i - 1] || next_placed;
    }
    return placed;
}

} // namespace

Expected<BatchOutcome> take_batch(store::Session &session, const store::Device &device, const wire::EventBatch &batch,
                                  const rules::CountingPolicy &policy, std::int64_t now_ms,
                                  const identity::PublicKey *registry_key, Sender sender) {
    const auto key = identity::PublicKey::from_pem(device.signing_key_pem);
    if (!key) {
        return fail(ErrorCode::corrupt, "the device's signing key in the database: " + key.error().message);
    }
    store::take_positions(session, device.institution, 0); // holds the institution's row until the commit
    auto chain = store::find_chain(session, device.institution, device.id, batch.chain);
    if (!chain) {
        chain.emplace();
        chain->institution = device.institution;
        chain->device = device.id;
        chain->id = batch.chain;
        chain->first_received_ms = now_ms;
    }
    const auto checks = check_new(*key, device.id, batch, chain->head_seq);
    const auto placed = places_of(batch, checks, sender);
    Batch taking(session, device, *key, policy, now_ms, registry_key, std::move(*chain));
    BatchOutcome outcome;
    outcome.results.reserve(batch.events.size());
    for (std::size_t i = 0; i < batch.events.size(); ++i) {
        outcome.results.push_back(taking.take(batch.events[i], checks[i], placed[i]));
    }
    outcome.chain = taking.finish();
    return outcome;
}

} // namespace xueshi::registry::ingest
