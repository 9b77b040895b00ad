#include "firmware/checkin/claims.hpp"

#include "firmware/core/base/log.hpp"

namespace xueshi::checkin {

namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::size_t kMaxNote = 200;

Expected<void> check_note(const std::string &note, bool needed) {
    if (note.size() > kMaxNote || (needed && note.empty())) {
        return fail(ErrorCode::invalid_argument, "a reason of at most 200 bytes is needed; no names");
    }
    return {};
}

} // namespace

void Claims::set_camera(recorder::Recorder *recorder, record::Source source) {
    recorder_ = recorder;
    source_ = std::move(source);
}

bool Claims::too_many(std::int64_t now_ms) {
    while (!recent_ms_.empty() && now_ms - recent_ms_.front() >= kHourMs) {
        recent_ms_.pop_front();
    }
    return recent_ms_.size() >= policy_.most_an_hour;
}

Expected<ClaimOutcome> Claims::claim(const ClaimOrder &order) {
    if (auto sound = check_note(order.note, false); !sound) {
        return tl::unexpected(sound.error());
    }
    const auto person = find_person(roster_.get(), order.subject);
    if (!person) {
        return tl::unexpected(person.error());
    }
    const auto now = clock_.now();
    const auto decision = decide(*roster_, history_, *person, now);
    // Minutes later it may be of the next lesson, or the way out of this one: another claim then.
    const auto last = earlier_.find(*person);
    if (last != earlier_.end() && now.boot_ms - last->second.boot_ms < policy_.same_person_ms &&
        last->second.outcome.decision == decision) {
        auto again = last->second.outcome;
        again.earlier = true;
        return again;
    }
    if (too_many(now.boot_ms)) {
        return fail(ErrorCode::unavailable,
                    "本机登记过于频繁，请老师补登。Too many claims on this terminal within the hour: "
                    "the teacher can make a supervised punch");
    }
    ClaimOutcome outcome{*person, 0, false, decision, false};
    record::PendingClaim body;
    body.person = *person;
    body.room = roster_->room;
    body.training_class = outcome.decision.training_class;
    body.lesson = outcome.decision.lesson;
    body.reason = order.reason;
    body.note = order.note;
    body.clip = start_clip(recorder_, now);
    outcome.has_clip = !body.clip.empty();
    const auto seq = journal(sink_, clock_, record::EventKind::pending_claim, source_, record::to_json(body));
    if (!seq) {
        return tl::unexpected(seq.error());
    }
    outcome.seq = *seq;
    recent_ms_.push_back(now.boot_ms);
    earlier_[*person] = Earlier{now.boot_ms, outcome};
    log::info("pending_claim", {{"seq", *seq}, {"person", *person}, {"reason", record::to_string(order.reason)}});
    return outcome;
}

Expected<ClaimOutcome> Claims::manual_punch(const ManualOrder &order) {
    if (auto sound = check_note(order.reason, true); !sound) {
        return tl::unexpected(sound.error());
    }
    const auto person = find_person(roster_.get(), order.subject);
    if (!person) {
        return tl::unexpected(person.error());
    }
    const auto now = clock_.now();
    ClaimOutcome outcome{*person, 0, false, decide(*roster_, history_, *person, now), false};
    record::Punch punch;
    punch.person = *person;
    punch.room = roster_->room;
    punch.training_class = outcome.decision.training_class;
    punch.lesson = outcome.decision.lesson;
    punch.direction = outcome.decision.direction;
    punch.evidence = record::Evidence::manual;
    punch.clip = start_clip(recorder_, now);
    punch.operator_name = order.operator_name;
    punch.reason = order.reason;
    punch.accommodation = history_.accommodation(*person);
    outcome.has_clip = !punch.clip.empty();
    const auto seq = journal(sink_, clock_, record::EventKind::punch, source_, record::to_json(punch));
    if (!seq) {
        return tl::unexpected(seq.error());
    }
    outcome.seq = *seq;
    history_.note(punch, now);
    log::info("manual_punch", {{"seq", *seq}, {"person", *person}, {"operator", order.operator_name}});
    return outcome;
}

Expected<PersonId> Claims::accommodate(const AccommodationOrder &order) {
    if (order.instead != "finger" && order.instead != "third_factor") {
        return fail(ErrorCode::invalid_argument, "instead is finger or third_factor");
    }
    if (auto sound = check_note(order.reason, true); !sound) {
        return tl::unexpected(sound.error());
    }
    auto person = find_person(roster_.get(), order.subject);
    if (!person) {
        return person;
    }
    const record::Accommodation body{*person, order.instead, order.given, order.reason, order.operator_name};
    const auto seq = journal(sink_, clock_, record::EventKind::accommodation, {}, record::to_json(body));
    if (!seq) {
        return tl::unexpected(seq.error());
    }
    history_.note(body);
    return person;
}

} // namespace xueshi::checkin
