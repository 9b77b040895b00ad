// The finger's way through check-in.
#include <algorithm>

#include "firmware/checkin/checkin.hpp"
#include "firmware/checkin/guidance.hpp"

namespace xueshi::checkin {

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
        finger_retry(impression.size() < matcher.least_minutiae() ? fingerprint::Retry::too_few_minutiae
                                                                  : fingerprint::Retry::too_many_minutiae);
        return;
    }
    judge_finger(parts_.candidates.search_finger(**probe, matcher, scope(parts_.clock.now())));
}

void Checkin::judge_finger(const Match &match) {
    const auto &matcher = *parts_.matcher;
    const bool alone = match.second <= -1;
    const auto margin = alone ? -1 : match.score - match.second;
    poor_touches_ = 0;
    status_.finger = FingerOutcome::not_matched;
    if (match.person.empty() || match.score < static_cast<float>(matcher.threshold())) {
        if (apply(finger_, Event::unknown) == Action::refuse) {
            refuse(record::Refusal::no_match_finger, false, match.score, true);
        }
    } else if (!alone && margin < static_cast<float>(matcher.margin())) {
        if (apply(finger_, Event::ambiguous) == Action::refuse) {
            refuse(record::Refusal::ambiguous, false, match.score, true);
        }
    } else {
        status_.finger = FingerOutcome::matched;
        recognise(finger_, Recognised{.person = match.person, .score = match.score, .margin = margin});
    }
}

void Checkin::finger_matched(const std::string &label) {
    if (!roster_) {
        return;
    }
    if (finger_.unsaved) {
        show(Guidance::not_saved);
        return;
    }
    poor_touches_ = 0;
    // The reader may still go by the prints of a scope that is over.
    const auto person = label.empty() ? PersonId() : parts_.candidates.owner_of(label);
    const auto in_scope = scope(parts_.clock.now());
    if (person.empty() || std::ranges::find(in_scope, person) == in_scope.end()) {
        status_.finger = FingerOutcome::not_matched;
        if (apply(finger_, Event::unknown) == Action::refuse) {
            refuse(record::Refusal::no_match_finger, false, -1, true);
        }
        return;
    }
    status_.finger = FingerOutcome::matched;
    recognise(finger_, Recognised{.person = person, .score = -1, .by_reader = true});
}

void Checkin::finger_retry(fingerprint::Retry retry) {
    hint(guidance_for(retry));
    status_.finger = FingerOutcome::too_poor;
    if (roster_ && retry != fingerprint::Retry::remove_and_retry) {
        poor_finger(retry);
    }
}

/// Whoever pressed badly presses again; one that stays unusable, or has minutiae like no finger, is an attempt.
void Checkin::poor_finger(fingerprint::Retry retry) {
    if (++poor_touches_ < settings_.poor_touches && retry != fingerprint::Retry::too_many_minutiae) {
        return;
    }
    poor_touches_ = 0;
    if (apply(finger_, Event::poor) == Action::refuse) {
        refuse(record::Refusal::poor_quality, false, -1, true, fingerprint::to_string(retry));
    }
}

} // namespace xueshi::checkin
