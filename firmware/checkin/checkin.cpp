#include "firmware/checkin/checkin.hpp"

#include "firmware/checkin/guidance.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::checkin {

Checkin::Checkin(const Settings &settings, Parts parts)
    : settings_(settings), parts_(std::move(parts)), decision_(settings.face) {}

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

Action Checkin::apply(Side &side, Event event) {
    const auto action = side.attempt.apply(event);
    if (action == Action::begin || action == Action::forget) {
        side.waiting.reset();
        side.ambiguous = false;
        if (is_face(side)) {
            decision_.reset();
            settled_people_.clear();
        }
    }
    return action;
}

// ---- the face's way ----

void Checkin::face(const FaceReport &report) {
    if (!roster_) {
        return;
    }
    absent_ = report.crowd == Crowd::nobody ? absent_ + 1 : 0;
    crowded_ = report.crowd == Crowd::several ? crowded_ + 1 : 0;
    switch (report.crowd) {
    case Crowd::nobody:
        if (absent_ >= settings_.absent_frames) {
            apply(face_, Event::nobody);
        }
        return;
    case Crowd::several:
        apply(face_, Event::several_faces);
        hint(Guidance::one_at_a_time);
        // No clip: a crowd may stand there all day, and nobody in it asked for anything.
        if (crowded_ == settings_.crowd_frames && apply(face_, Event::timed_out) == Action::refuse) {
            refuse(record::Refusal::several_people, true, -1, false);
        }
        return;
    case Crowd::one:
        apply(face_, report.track == track_ ? Event::one_face : Event::another_face);
        track_ = report.track;
        observe(report);
        return;
    }
}

void Checkin::observe(const FaceReport &report) {
    const auto state = face_.attempt.state();
    if (state != State::seeing && state != State::settled) {
        return;
    }
    const auto &seen = report.observation;
    if (seen.flaw != face::QualityFlaw::none) {
        log::debug("face_seen", {{"track", report.track}, {"flaw", face::to_string(seen.flaw)}});
        if (state == State::seeing) {
            hint(guidance_for(seen.flaw));
        }
        return;
    }
    if (state == State::seeing) {
        hint(Guidance::look_here);
    }
    const auto match = parts_.candidates.search_face(seen.embedding, scope(parts_.clock.now()));
    log::debug("face_seen", {{"track", report.track},
                             {"score", static_cast<double>(match.score)},
                             {"second", static_cast<double>(match.second)},
                             {"liveness", static_cast<double>(seen.liveness)}});
    judge(decision_.add(match, seen.liveness));
}

void Checkin::judge(const Verdict &verdict) {
    const bool seeing = face_.attempt.state() == State::seeing;
    switch (verdict.kind) {
    case Verdict::Kind::undecided:
        return;
    case Verdict::Kind::recognised:
        if (!settled_people_.contains(verdict.person)) {
            recognise(face_,
                      Recognised{verdict.person, verdict.score, verdict.margin, verdict.liveness, verdict.frames});
        }
        return;
    case Verdict::Kind::ambiguous:
        if (seeing && apply(face_, Event::ambiguous) == Action::ask_for_other) {
            wait_for_other(face_, std::nullopt);
        }
        return;
    case Verdict::Kind::unknown:
        // A settled track turning its head away is no stranger.
        if (seeing && apply(face_, Event::unknown) == Action::refuse) {
            refuse(record::Refusal::unknown_person, true, verdict.score, true);
            decision_.reset();
        }
        return;
    case Verdict::Kind::not_live:
        if (seeing && apply(face_, Event::not_live) == Action::refuse) {
            refuse(record::Refusal::not_live, true, verdict.score, true);
        }
        return;
    }
}

// ---- the finger's way ----

void Checkin::finger(const fingerprint::Impression &impression) {
    if (!roster_ || parts_.matcher == nullptr) {
        return;
    }
    if (finger_.unsaved) {
        show(Guidance::not_saved);
        return;
    }
    const auto &matcher = *parts_.matcher;
    const auto probe = matcher.prepare({impression});
    if (!probe) {
        hint(Guidance::lift_and_retry);
        return;
    }
    const auto match = parts_.candidates.search_finger(**probe, matcher, scope(parts_.clock.now()));
    const bool alone = match.second <= -1;
    const auto margin = alone ? -1 : match.score - match.second;
    if (match.person.empty() || match.score < static_cast<float>(matcher.threshold())) {
        if (apply(finger_, Event::unknown) == Action::refuse) {
            refuse(record::Refusal::no_match_finger, false, match.score, true);
        }
    } else if (!alone && margin < static_cast<float>(matcher.margin())) {
        if (apply(finger_, Event::ambiguous) == Action::refuse) {
            refuse(record::Refusal::ambiguous, false, match.score, true);
        }
    } else {
        recognise(finger_, Recognised{.person = match.person, .score = match.score, .margin = margin});
    }
}

void Checkin::finger_retry(fingerprint::Retry retry) {
    hint(guidance_for(retry));
}

// ---- both ----

void Checkin::recognise(Side &side, const Recognised &recognised) {
    const auto decision = decide(recognised.person, parts_.clock.now());
    const auto wanted = factor(decision.training_class);
    if (const auto proof = evidence(side, recognised.person, wanted)) {
        if (apply(side, Event::recognised) == Action::record) {
            record(side, recognised, decision, *proof);
        }
    } else if (apply(side, Event::needs_other) == Action::ask_for_other) {
        wait_for_other(side, recognised);
    }
}

std::optional<record::Evidence> Checkin::evidence(const Side &side, const PersonId &person,
                                                  training::Factor factor) const {
    const auto alone = is_face(side) ? record::Evidence::face : record::Evidence::finger;
    const auto &partner = other(side).waiting;
    const bool both = partner && partner->person == person;
    switch (factor) {
    case training::Factor::face_or_finger:
        return alone;
    case training::Factor::face:
        return is_face(side) ? std::optional(alone) : std::nullopt;
    case training::Factor::finger:
        return is_face(side) ? std::nullopt : std::optional(alone);
    case training::Factor::face_and_finger:
        return both ? std::optional(record::Evidence::both) : std::nullopt;
    }
    return std::nullopt;
}

void Checkin::wait_for_other(Side &side, std::optional<Recognised> recognised) {
    side.ambiguous = !recognised;
    side.waiting = std::move(recognised);
    side.waiting_since_ms = parts_.clock.now().boot_ms;
    show(is_face(side) ? Guidance::finger_please : Guidance::face_please);
}

void Checkin::tick() {
    const auto now = parts_.clock.now().boot_ms;
    for (auto *side : {&face_, &finger_}) {
        if (side->unsaved) {
            store(*side);
        }
        const bool late = now - side->waiting_since_ms >= settings_.other_factor_ms;
        if (side->attempt.state() == State::awaiting_other && late &&
            apply(*side, Event::timed_out) == Action::give_up) {
            if (side->ambiguous) {
                refuse(record::Refusal::ambiguous, is_face(*side), -1, true);
            }
            side->waiting.reset();
            side->ambiguous = false;
            if (!is_face(*side)) {
                apply(*side, Event::nobody);
            }
        }
    }
    const auto state = face_.attempt.state();
    if ((state == State::idle || state == State::settled) && roster_) {
        hint(Guidance::ready);
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
