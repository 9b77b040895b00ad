#include "daemon/rules/folding.hpp"

#include <algorithm>

namespace xueshi::rules {

Folding::Folding(const training::Lesson &lesson)
    : end_ms_(lesson.end_ms()), out_since_ms_(lesson.start_ms()), lesson_({{lesson.start_ms(), lesson.end_ms()}}) {}

void Folding::feed(const TimedPunch &punch, record::Direction direction) {
    if (direction == record::Direction::check_in) {
        check_in(punch);
    } else if (direction == record::Direction::check_out) {
        check_out(punch);
    } else {
        moment(punch);
    }
}

void Folding::check_in(const TimedPunch &punch) {
    unproven_.push_back({contradicted_ ? out_since_ms_ : punch.earliest_ms, punch.latest_ms});
    in_ = last_evidence_ = punch;
    contradicted_ = false;
}

void Folding::check_out(const TimedPunch &punch) {
    if (in_) {
        prove_until(punch);
        // Brackets that overlap, or a clock set back, leave nothing certain between the two.
        const bool apart = in_->latest_ms <= punch.earliest_ms;
        const auto doubt_ms = apart ? punch.earliest_ms : std::min(in_->earliest_ms, punch.earliest_ms);
        unproven_.push_back({doubt_ms, std::max(in_->latest_ms, punch.latest_ms)});
    } else {
        unproven_.push_back({out_since_ms_, punch.latest_ms});
    }
    out_since_ms_ = punch.earliest_ms;
    in_.reset();
    contradicted_ = false;
}

void Folding::moment(const TimedPunch &punch) {
    if (in_) {
        last_evidence_ = punch.earliest_ms > last_evidence_.earliest_ms ? punch : last_evidence_;
    } else if (punch.reverification) {
        // Looked for inside the lesson and found there, though never in or checked out: the time around is unproven. A
        // second punch within the cooldown of a check-out is no such thing.
        contradicted_ = true;
    }
}

void Folding::prove_until(const TimedPunch &punch) {
    if (in_->latest_ms < punch.earliest_ms) {
        proofs_.push_back({{in_->latest_ms, punch.earliest_ms}, *in_, punch});
    }
}

Presence Folding::finish() {
    if (in_) {
        prove_until(last_evidence_);
        unproven_.push_back({std::min(in_->latest_ms, last_evidence_.earliest_ms), end_ms_});
    } else if (contradicted_) {
        unproven_.push_back({out_since_ms_, end_ms_});
    }
    std::vector<Interval> proved;
    proved.reserve(proofs_.size());
    for (const auto &proof : proofs_) {
        proved.push_back(proof.interval);
    }
    const auto clipped = common(Intervals(std::move(proved)), lesson_);
    return {clipped, without(common(Intervals(unproven_), lesson_), clipped), std::move(proofs_)};
}

} // namespace xueshi::rules
