// The second half of Checkin: decide what a recognition means now, and record it.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "firmware/checkin/checkin.hpp"
#include "firmware/core/base/json_members.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::checkin {

namespace {

constexpr std::size_t kRefusedKept = 256; // more than people can be refused within a pause

std::int64_t millionths(float value) {
    return std::llround(static_cast<double>(value) * 1e6);
}
std::int64_t millionths_or_none(float value) {
    return value <= -1 ? -1 : millionths(value);
}

record::EventDraft make_draft(record::EventKind kind, record::Source source, const Instant &now, json::Object data) {
    record::EventDraft draft;
    draft.id = Uuid::v7(now.wall_ms);
    draft.kind = kind;
    draft.source = std::move(source);
    draft.at = now;
    draft.data = std::move(data);
    return draft;
}

Guidance guidance_for_refusal(record::Refusal reason, bool by_face) {
    switch (reason) {
    case record::Refusal::unknown_person:
        return Guidance::unknown_person;
    case record::Refusal::not_live:
        return Guidance::not_live;
    case record::Refusal::several_people:
        return Guidance::one_at_a_time;
    case record::Refusal::no_match_finger:
        return Guidance::unknown_finger;
    case record::Refusal::poor_quality:
        return by_face ? Guidance::uncertain_picture : Guidance::unreadable_finger;
    case record::Refusal::active_check_failed:
        return Guidance::not_turned;
    case record::Refusal::no_second_factor:
        return Guidance::second_factor_missing;
    case record::Refusal::ambiguous:
        return Guidance::finger_please;
    }
    return Guidance::finger_please;
}

} // namespace

std::vector<PersonId> Checkin::scope(const Instant &now) const {
    return now.quality == ClockQuality::unset ? schedule::everybody(roster_->classes)
                                              : schedule::search_scope(roster_->classes, roster_->room, now.wall_ms);
}

std::vector<PersonId> Checkin::scope_now() const {
    return roster_ ? scope(parts_.clock.now()) : std::vector<PersonId>();
}

/// Evidence is worth no more than the less trustworthy of its sensors.
record::Source Checkin::source(record::Evidence evidence) const {
    if (evidence == record::Evidence::face) {
        return parts_.face_source;
    }
    if (evidence == record::Evidence::finger) {
        return parts_.finger_source;
    }
    return record::joined(parts_.face_source, parts_.finger_source);
}

record::Punch Checkin::make_punch(const Side &side, const Recognised &recognised, const schedule::Decision &decision,
                                  record::Evidence evidence) const {
    record::Punch punch;
    punch.person = recognised.person;
    punch.room = roster_->room;
    punch.training_class = decision.training_class;
    punch.lesson = decision.lesson;
    punch.direction = decision.direction;
    punch.evidence = evidence;
    punch.model = is_face(side) ? parts_.face_model : finger_model_;
    punch.by_reader = recognised.by_reader;
    auto by = recognised;
    if (evidence == record::Evidence::both) {
        punch.model = parts_.face_model + "+" + finger_model_;
        punch.by_reader = is_face(side) ? finger_.waiting->by_reader : recognised.by_reader;
        by = is_face(side) ? recognised : *face_.waiting; // one score only: the face's, whose liveness goes along
    }
    punch.score_millionths = by.by_reader ? -1 : millionths(by.score);
    punch.margin_millionths = millionths_or_none(by.margin);
    punch.liveness_millionths = millionths_or_none(by.liveness);
    punch.frames = by.frames;
    punch.active_check = by.active_check;
    if (parts_.history.accommodation(recognised.person) == "finger" && evidence == record::Evidence::finger) {
        punch.accommodation = "finger";
    }
    return punch;
}

bool Checkin::is_repeat(const PersonId &person, record::Direction direction, const Instant &now) const {
    if (direction != record::Direction::moment && direction != record::Direction::unscheduled) {
        return false;
    }
    const auto last = last_stored_ms_.find(person);
    return last != last_stored_ms_.end() && now.boot_ms - last->second < settings_.repeat_pause_ms;
}

/// Asked for by the bureau, of somebody who is checked in to a lesson that has not ended: proves the moment, and leaves
/// open what the check-in opened.
bool Checkin::is_reverification(const PersonId &person, const schedule::Decision &decision, const Instant &now) const {
    if (decision.lesson.empty() || !parts_.history.is_asked(person, now.wall_ms)) {
        return false;
    }
    const auto earlier = parts_.history.earlier(roster_->room, person);
    const auto open = schedule::open_lessons(roster_->classes, roster_->room, person, now.wall_ms);
    return std::ranges::any_of(open, [&](const schedule::OpenLesson &one) {
        return one.lesson->id == decision.lesson && now.wall_ms < one.lesson->end_ms() &&
               schedule::is_checked_in(one, roster_->classes, person, earlier);
    });
}

void Checkin::record(Side &side, const Recognised &recognised, schedule::Decision decision, record::Evidence evidence) {
    const auto now = parts_.clock.now();
    const bool reverification = is_reverification(recognised.person, decision, now);
    if (reverification) {
        decision.direction = record::Direction::moment;
    } else if (is_repeat(recognised.person, decision.direction, now)) {
        apply(side, Event::stored); // the punch that says it lies in the journal already
        settle(side, recognised.person);
        show(Guidance::recorded_before);
        return;
    }
    auto punch = make_punch(side, recognised, decision, evidence);
    punch.reverification = reverification;
    punch.clip = start_clip(parts_.recorder, now);
    auto draft = make_draft(record::EventKind::punch, source(evidence), now, record::to_json(punch));
    side.unsaved = Unsaved{std::move(draft), std::move(punch)};
    store(side);
}

void Checkin::store(Side &side) {
    const auto &[draft, punch] = *side.unsaved;
    const auto seq = parts_.sink.append(draft);
    if (!seq) {
        apply(side, Event::store_failed);
        status_.saved = false;
        show(Guidance::not_saved);
        log::error("punch_not_saved", {{"id", draft.id.str()}, log::Field(seq.error())});
        return;
    }
    apply(side, Event::stored);
    parts_.history.note(punch, draft.at);
    last_stored_ms_[punch.person] = parts_.clock.now().boot_ms;
    status_.last_punch = LastPunch{punch.person,   punch.training_class, punch.lesson, punch.direction,
                                   punch.evidence, draft.at.wall_ms,     *seq};
    ++status_.punches;
    log::info("punch", {{"seq", *seq},
                        {"person", punch.person},
                        {"lesson", punch.lesson},
                        {"direction", record::to_string(punch.direction)},
                        {"evidence", record::to_string(punch.evidence)},
                        {"score", punch.score_millionths},
                        {"margin", punch.margin_millionths}});
    const auto person = punch.person;
    side.unsaved.reset();
    status_.saved = !has_unsaved();
    settle(side, person);
    show(Guidance::recorded);
}

void Checkin::settle(Side &side, const PersonId &person) {
    settled_people_.insert(person);
    side.waiting.reset();
    auto &partner = other(side);
    if (partner.ambiguous || (partner.waiting && partner.waiting->person == person)) {
        apply(partner, Event::other_stored);
        partner.waiting.reset();
        partner.ambiguous = false;
    }
    if (challenged_ && challenged_->person == person) {
        apply(face_, Event::other_stored);
        challenged_.reset();
    }
    if (face_.attempt.state() == State::settled) {
        mark_decided(person);
    }
    if (finger_.attempt.state() == State::settled) {
        apply(finger_, Event::nobody); // a finger is gone by the time it is decided
    }
}

bool Checkin::was_just_refused(const Refused &refused) {
    while (!refused_.empty() &&
           (refused.at_ms - refused_.front().at_ms >= settings_.refusal_pause_ms || refused_.size() >= kRefusedKept)) {
        refused_.pop_front();
    }
    return std::ranges::any_of(refused_, [&](const Refused &earlier) { return earlier.is_same(refused); });
}

void Checkin::refuse(record::Refusal reason, bool by_face, float score, bool with_clip, std::string_view detail) {
    const auto now = parts_.clock.now();
    show(guidance_for_refusal(reason, by_face));
    const bool one_track = by_face && reason != record::Refusal::several_people;
    const Refused refused{reason, by_face, one_track ? track_ : 0, now.boot_ms};
    if (was_just_refused(refused)) {
        return;
    }
    record::RefusedAttempt attempt;
    attempt.room = roster_->room;
    attempt.reason = reason;
    attempt.factor = by_face ? "face" : "finger";
    attempt.detail = detail;
    attempt.score_millionths = millionths_or_none(score);
    attempt.clip = with_clip ? start_clip(parts_.recorder, now) : MediaId{};
    refused_.push_back(refused);
    if (unsaved_refusals_.size() == kRefusedKept) {
        unsaved_refusals_.pop_front(); // a journal that takes nothing for so long tells of it itself
    }
    unsaved_refusals_.push_back(make_draft(record::EventKind::refused_attempt,
                                           by_face ? parts_.face_source : parts_.finger_source, now,
                                           record::to_json(attempt)));
    save_refusals();
}

/// In order, each under the id that it was made with; an error leaves the rest to the next try.
void Checkin::save_refusals() {
    while (!unsaved_refusals_.empty()) {
        const auto &draft = unsaved_refusals_.front();
        const auto reason = json::text_of(draft.data, "reason");
        const auto seq = parts_.sink.append(draft);
        if (!seq && !std::exchange(refusals_wait_, true)) {
            log::error("refusal_not_saved", {{"reason", reason}, log::Field(seq.error())});
        }
        refusals_wait_ = !seq;
        if (!seq) {
            return;
        }
        ++status_.refusals;
        log::info("refused_attempt",
                  {{"seq", *seq}, {"reason", reason}, {"factor", json::text_of(draft.data, "factor")}});
        unsaved_refusals_.pop_front();
    }
}

} // namespace xueshi::checkin
