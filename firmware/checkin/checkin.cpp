#include "firmware/checkin/checkin.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "firmware/checkin/guidance.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::checkin {

Checkin::Checkin(const Settings &settings, Parts parts)
    : settings_(settings), parts_(std::move(parts)), decision_(settings.face),
      finger_model_(parts_.matcher == nullptr ? "" : parts_.matcher->name()),
      reader_there_(!parts_.finger_source.driver.empty()) {}

void Checkin::set_roster(std::shared_ptr<const roster::Roster> roster) {
    roster_ = std::move(roster);
    if (status_.guidance == Guidance::no_roster && roster_) {
        status_.guidance = Guidance::ready;
    }
}

void Checkin::set_camera(recorder::Recorder *recorder, record::Source source) {
    parts_.recorder = recorder;
    parts_.face_source = std::move(source);
}

void Checkin::expect_reader() {
    reader_wanted_ = true;
    if (!reader_there_) {
        status_.finger = FingerOutcome::reader_absent;
    }
}

void Checkin::set_reader(record::Source source, std::string model) {
    parts_.finger_source = std::move(source);
    finger_model_ = std::move(model);
    reader_there_ = true;
    poor_touches_ = 0;
    status_.finger = FingerOutcome::none;
}

void Checkin::lose_reader() {
    reader_there_ = false;
    status_.finger = FingerOutcome::reader_absent;
    if (status_.guidance == Guidance::finger_please) {
        show(Guidance::reader_absent);
    }
}

Action Checkin::apply(Side &side, Event event) {
    const auto action = side.attempt.apply(event);
    if (action == Action::begin || action == Action::forget) {
        side.waiting.reset();
        side.ambiguous = false;
        if (is_face(side)) {
            decision_.reset();
            settled_people_.clear();
            challenged_.reset();
            flawed_since_ms_.reset();
            flaw_told_ = false;
        }
        if (is_face(side) && action == Action::forget) {
            decided_.clear();
        }
    }
    return action;
}

// ---- the face's way ----

void Checkin::face(const FaceReport &report) {
    if (!roster_) {
        return;
    }
    std::erase_if(decided_, [&](const Decided &old) { return std::ranges::count(report.tracks, old.track) == 0; });
    absent_ = report.crowd == Crowd::nobody ? absent_ + 1 : 0;
    crowded_ = report.crowd == Crowd::several ? crowded_ + 1 : 0;
    switch (report.crowd) {
    case Crowd::nobody:
        if (absent_ >= settings_.absent_frames) {
            apply(face_, Event::nobody);
        }
        return;
    case Crowd::several:
        several_faces();
        return;
    case Crowd::one:
        one_face(report);
        return;
    }
}

void Checkin::several_faces() {
    apply(face_, Event::several_faces);
    hint(Guidance::one_at_a_time);
    // No clip: a crowd may stand there all day, and nobody in it asked for
    // anything.
    if (face_.attempt.state() == State::crowded && crowded_ == settings_.crowd_frames &&
        apply(face_, Event::timed_out) == Action::refuse) {
        refuse(record::Refusal::several_people, true, -1, false);
    }
}

void Checkin::one_face(const FaceReport &report) {
    if (face_.attempt.state() == State::recording) {
        return; // the track is still that of the punch that is not saved
    }
    if (const auto *decided = find_decided(report.track)) {
        if (report.observed) {
            look_again(*decided, report);
        }
        return;
    }
    apply(face_, report.track == track_ ? Event::one_face : Event::another_face);
    track_ = report.track;
    if (report.observed) {
        observe(report);
    }
}

const Checkin::Decided *Checkin::find_decided(std::uint64_t track) const {
    const auto found = std::ranges::find(decided_, track, &Decided::track);
    return found == decided_.end() ? nullptr : &*found;
}

void Checkin::mark_decided(const PersonId &person) {
    auto found = std::ranges::find(decided_, track_, &Decided::track);
    if (found == decided_.end()) {
        decided_.push_back(Decided{.track = track_, .people = {}});
        found = std::prev(decided_.end());
    }
    found->barred = face_.attempt.state() == State::barred;
    if (person.empty() && !found->barred && track_ != tried_again_) {
        found->again_ms = parts_.clock.now().boot_ms + settings_.refusal_pause_ms;
    }
    if (!person.empty()) {
        found->people.insert(person);
    }
}

Attention Checkin::attention() const {
    Attention attention;
    for (const auto &decided : decided_) {
        attention.decided.push_back(decided.track);
    }
    const auto state = face_.attempt.state();
    attention.any_quality = state == State::challenged;
    attention.waiting = state == State::awaiting_other || state == State::recording ? track_ : 0;
    return attention;
}

/// Nobody steps away and back because a screen says "once more": the second refusal, which leads on to the finger or
/// the claim, comes to them where they stand. A third one would say nothing new.
bool Checkin::may_try_again(const Decided &decided, const FaceReport &report) const {
    return decided.people.empty() && decided.again_ms && parts_.clock.now().boot_ms >= *decided.again_ms &&
           !asks_somebody(report);
}

/// Whose face was only missed in this frame goes first.
bool Checkin::asks_somebody(const FaceReport &report) const {
    const auto state = face_.attempt.state();
    return state == State::challenged || state == State::awaiting_other ||
           (state == State::seeing && std::ranges::count(report.tracks, track_) > 0);
}

/// Somebody else may have stepped into the track: then they get frames of their
/// own.
void Checkin::look_again(const Decided &decided, const FaceReport &report) {
    const auto &seen = report.observation;
    if (decided.barred || seen.flaw != face::QualityFlaw::none || seen.embedding.empty()) {
        return;
    }
    const auto match = match_face(seen.embedding);
    const bool is_new = is_clear(match, settings_.face) && !decided.people.contains(match.person);
    if (!is_new && !may_try_again(decided, report)) {
        return;
    }
    tried_again_ = is_new ? 0 : report.track;
    std::erase_if(decided_, [&](const Decided &old) { return old.track == report.track; });
    apply(face_, Event::another_face);
    track_ = report.track;
    observe(report);
}

/// Of two people too alike the finger that waits for its face says which one it is: the face is then compared 1:1.
Match Checkin::match_face(const face::Embedding &embedding) {
    const auto match = parts_.candidates.search_face(embedding, scope(parts_.clock.now()));
    if (!finger_.waiting || is_clear(match, settings_.face)) {
        return match;
    }
    const auto &person = finger_.waiting->person;
    const auto own = parts_.candidates.score_of(embedding, person);
    const bool is_one_of_them = own >= settings_.face.match && match.score - own < settings_.face.margin;
    return is_one_of_them ? Match{person, own} : match;
}

void Checkin::note_flaw(face::QualityFlaw flaw) {
    hint(guidance_for(flaw));
    const auto now = parts_.clock.now().boot_ms;
    if (flaw == face::QualityFlaw::too_small || flaw_told_) {
        return; // who passes by far away asks for nothing; a mask that stays on is one attempt
    }
    flawed_since_ms_ = flawed_since_ms_.value_or(now);
    if (now - *flawed_since_ms_ >= settings_.poor_quality_ms && apply(face_, Event::poor) == Action::refuse) {
        flaw_told_ = true;
        refuse(record::Refusal::poor_quality, true, -1, true, face::to_string(flaw));
    }
}

void Checkin::observe(const FaceReport &report) {
    const auto &seen = report.observation;
    if (face_.attempt.state() == State::challenged) {
        look_at_turn(report);
        return;
    }
    if (face_.attempt.state() != State::seeing) {
        return;
    }
    if (seen.flaw != face::QualityFlaw::none) {
        log::debug("face_seen", {{"track", report.track}, {"flaw", face::to_string(seen.flaw)}});
        note_flaw(seen.flaw);
        return;
    }
    flawed_since_ms_.reset();
    hint(Guidance::look_here);
    if (seen.embedding.empty()) {
        return; // not as good as the track's best frames
    }
    const auto match = match_face(seen.embedding);
    log::debug("face_seen", {{"track", report.track},
                             {"score", static_cast<double>(match.score)},
                             {"second", static_cast<double>(match.second)},
                             {"liveness", static_cast<double>(seen.liveness)}});
    judge(decision_.add(match, seen.liveness));
}

void Checkin::judge(const Verdict &verdict) {
    switch (verdict.kind) {
    case Verdict::Kind::undecided:
        return;
    case Verdict::Kind::recognised:
        if (!settled_people_.contains(verdict.person)) {
            accept(Recognised{verdict.person, verdict.score, verdict.margin, verdict.liveness, verdict.frames});
        } else {
            mark_decided(verdict.person); // by the finger, a moment ago
        }
        return;
    case Verdict::Kind::ambiguous:
        if (apply(face_, Event::ambiguous) == Action::ask_for_other) {
            wait_for_other(face_, std::nullopt);
        }
        return;
    case Verdict::Kind::unknown:
        if (apply(face_, Event::unknown) == Action::refuse) {
            refuse(record::Refusal::unknown_person, true, verdict.score, true);
            mark_decided({});
        }
        return;
    case Verdict::Kind::not_live:
        if (apply(face_, Event::not_live) == Action::refuse) {
            refuse(record::Refusal::not_live, true, verdict.score, true);
            mark_decided({});
        }
        return;
    }
}

void Checkin::accept(const Recognised &recognised) {
    if (settings_.active_check) {
        if (apply(face_, Event::must_turn) == Action::challenge) {
            challenge(recognised);
        }
        return;
    }
    recognise(face_, recognised);
}

void Checkin::challenge(const Recognised &recognised) {
    challenged_ = recognised;
    challenged_since_ms_ = parts_.clock.now().boot_ms;
    active_check_.begin(random_bytes(1).front());
    show(active_check_.guidance());
}

/// Only frames of the person who was recognised count: nobody turns the head
/// for another.
void Checkin::look_at_turn(const FaceReport &report) {
    const auto &seen = report.observation;
    if (seen.flaw != face::QualityFlaw::none || seen.embedding.empty() || !challenged_) {
        return;
    }
    const auto match = match_face(seen.embedding);
    if (match.person != challenged_->person || match.score < settings_.face.match ||
        seen.liveness < settings_.face.liveness) {
        return;
    }
    switch (active_check_.look(seen.pose)) {
    case ActiveCheck::Outcome::open:
        show(active_check_.guidance());
        return;
    case ActiveCheck::Outcome::failed:
        fail_challenge(Event::turned_wrong);
        return;
    case ActiveCheck::Outcome::passed:
        auto turned = *std::exchange(challenged_, std::nullopt);
        turned.active_check = true;
        recognise(face_, turned);
        return;
    }
}

void Checkin::fail_challenge(Event why) {
    if (apply(face_, why) == Action::refuse) {
        refuse(record::Refusal::active_check_failed, true, challenged_ ? challenged_->score : -1, true);
        challenged_.reset();
        mark_decided({});
    }
}

// ---- both ----

void Checkin::recognise(Side &side, const Recognised &recognised) {
    const auto decision = decide(*roster_, parts_.history, recognised.person, parts_.clock.now());
    const auto &row = worth(side, recognised.person, decision.training_class);
    if (row.need == Need::nothing) {
        if (apply(side, Event::recognised) == Action::record) {
            record(side, recognised, decision, row.evidence);
        }
    } else if (apply(side, Event::needs_other) == Action::ask_for_other) {
        wait_for_other(side, recognised);
    }
}

training::Factor Checkin::asked(const PersonId &person, const ClassId &training_class) const {
    const auto *found = roster_->training_class(training_class);
    const auto factor = found == nullptr ? training::Factor::face_or_finger : found->policy.factor;
    return parts_.history.accommodation(person) == "finger" ? eased(factor) : factor;
}

const FactorRow &Checkin::worth(const Side &side, const PersonId &person, const ClassId &training_class) const {
    const auto &partner = other(side).waiting;
    return factor_row(asked(person, training_class), is_face(side) ? Sensor::face : Sensor::finger,
                      partner && partner->person == person ? Partner::same_person : Partner::none);
}

void Checkin::wait_for_other(Side &side, std::optional<Recognised> recognised) {
    side.ambiguous = !recognised;
    side.waiting = std::move(recognised);
    side.waiting_since_ms = parts_.clock.now().boot_ms;
    const auto ask = reader_there_ ? Guidance::finger_please : Guidance::reader_absent;
    show(is_face(side) ? ask : Guidance::face_please);
    if (!is_face(side) && side.waiting) {
        ask_face_again(side.waiting->person);
    }
}

/// The face that a finger waits for may stand there still: too like another's to be told, or decided about, since its
/// own wait was over before.
void Checkin::ask_face_again(const PersonId &person) {
    if (face_.ambiguous) {
        apply(face_, Event::another_face);
        return;
    }
    const auto gone = std::erase_if(
        decided_, [&](const Decided &decided) { return !decided.barred && decided.people.contains(person); });
    if (gone > 0 && face_.attempt.state() == State::settled) {
        apply(face_, Event::another_face);
    }
}

void Checkin::tick() {
    status_.asked = parts_.history.asked(parts_.clock.now().wall_ms);
    const auto now = parts_.clock.now().boot_ms;
    save_refusals();
    for (auto *side : {&face_, &finger_}) {
        if (side->unsaved) {
            store(*side);
        }
        if (side->attempt.state() == State::awaiting_other &&
            now - side->waiting_since_ms >= settings_.other_factor_ms) {
            end_wait(*side);
        }
    }
    if (face_.attempt.state() == State::challenged && now - challenged_since_ms_ >= settings_.active_check_ms) {
        fail_challenge(Event::timed_out);
    }
    const auto state = face_.attempt.state();
    if ((state == State::idle || state == State::settled) && roster_) {
        hint(reader_wanted_ && !reader_there_ ? Guidance::face_without_reader : Guidance::ready);
    }
}

/// The other sensor did not come in time.
void Checkin::end_wait(Side &side) {
    if (apply(side, Event::timed_out) != Action::give_up) {
        return;
    }
    const auto waited = std::exchange(side.waiting, std::nullopt);
    const auto person = waited ? waited->person : PersonId();
    const auto now_for = decide(*roster_, parts_.history, person, parts_.clock.now());
    if (std::exchange(side.ambiguous, false)) {
        refuse(record::Refusal::ambiguous, is_face(side), -1, true);
    } else if (asked(person, now_for.training_class) == training::Factor::face_and_finger) {
        refuse(record::Refusal::no_second_factor, is_face(side), waited ? waited->score : -1, true);
    } else {
        show(Guidance::second_factor_missing); // the sensor that is asked here was not tried: no attempt
    }
    if (is_face(side)) {
        mark_decided(person);
    } else {
        apply(side, Event::nobody);
    }
}

void Checkin::show(Guidance guidance) {
    status_.guidance = guidance;
    message_until_ms_ = parts_.clock.now().boot_ms + settings_.message_ms;
}

void Checkin::hint(Guidance guidance) {
    if (parts_.clock.now().boot_ms >= message_until_ms_) {
        status_.guidance = guidance;
    }
}

} // namespace xueshi::checkin
