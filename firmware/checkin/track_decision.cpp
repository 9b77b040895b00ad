#include "firmware/checkin/track_decision.hpp"

#include <algorithm>
#include <ranges>

namespace xueshi::checkin {

namespace {

// Liveness is a mean over the newest frames: a track may last minutes, and its first second may not outvote the rest.
constexpr std::size_t kWindow = 30;

bool alone(const Match &match) {
    return match.second <= -1;
}
float margin(const Match &match) {
    return alone(match) ? -1 : match.score - match.second;
}

} // namespace

bool is_clear(const Match &match, const FaceThresholds &thresholds) {
    return !match.person.empty() && match.score >= thresholds.match &&
           (alone(match) || margin(match) >= thresholds.margin);
}

int TrackDecision::agreeing() const {
    int count = 0;
    for (const auto &look : looks_ | std::views::reverse) {
        if (!is_clear(look.match, thresholds_) || look.match.person != looks_.back().match.person) {
            break;
        }
        ++count;
    }
    return count;
}

float TrackDecision::track_liveness() const {
    float sum = 0;
    for (const auto &look : looks_) {
        sum += look.liveness;
    }
    return sum / static_cast<float>(looks_.size());
}

TrackDecision::Backing TrackDecision::backing() const {
    Backing backing;
    for (const auto &look : looks_) {
        if (is_clear(look.match, thresholds_) && look.match.person == looks_.back().match.person) {
            ++backing.frames;
            backing.mean += look.liveness;
        }
    }
    backing.mean /= static_cast<float>(std::max(1, backing.frames));
    return backing;
}

/// The track may have begun with another, living face: what is told of this person rests on this person's frames too.
Verdict TrackDecision::agreed(int frames, float track_liveness) const {
    const auto own = backing();
    if (track_liveness < thresholds_.liveness) {
        return refused(track_liveness);
    }
    if (own.frames < thresholds_.liveness_frames) {
        return Verdict{.liveness = track_liveness}; // also where others would be refused by now: one or two frames more
    }
    return own.mean < thresholds_.liveness ? refused(own.mean) : recognised(frames, own.mean);
}

Verdict TrackDecision::recognised(int frames, float liveness) const {
    Verdict verdict{.kind = Verdict::Kind::recognised, .person = looks_.back().match.person};
    float score = 0;
    float least_margin = -1;
    for (const auto &look : looks_ | std::views::reverse | std::views::take(frames)) {
        score += look.match.score;
        const auto this_margin = margin(look.match);
        least_margin = least_margin < 0 ? this_margin : std::min(least_margin, this_margin);
    }
    verdict.score = score / static_cast<float>(frames);
    verdict.margin = least_margin;
    verdict.liveness = liveness;
    verdict.frames = frames;
    return verdict;
}

Verdict TrackDecision::refused(float liveness) const {
    const auto newest = looks_ | std::views::reverse | std::views::take(thresholds_.unknown_frames);
    int similar = 0;
    Verdict verdict{.kind = Verdict::Kind::unknown};
    for (const auto &look : newest) {
        similar += look.match.score >= thresholds_.match ? 1 : 0;
        verdict.score = std::max(verdict.score, look.match.score);
    }
    verdict.liveness = liveness;
    if (liveness < thresholds_.liveness) {
        verdict.kind = Verdict::Kind::not_live;
    } else if (2 * similar >= thresholds_.unknown_frames) {
        verdict.kind = Verdict::Kind::ambiguous; // enrolled, only not which of two
    }
    return verdict;
}

Verdict TrackDecision::add(const Match &match, float liveness) {
    looks_.push_back(Look{match, liveness});
    if (looks_.size() > std::max(kWindow, static_cast<std::size_t>(thresholds_.unknown_frames))) {
        looks_.pop_front();
    }
    const auto mean = track_liveness();
    const auto seen = static_cast<int>(looks_.size());
    const auto frames = agreeing();
    const auto verdict = frames >= thresholds_.agreeing_frames ? agreed(frames, mean) : refused(mean);
    // No is not said before it could have been yes.
    const bool may_refuse =
        seen >= std::max({thresholds_.unknown_frames, thresholds_.liveness_frames, thresholds_.agreeing_frames});
    return verdict.kind == Verdict::Kind::recognised || may_refuse ? verdict : Verdict{.liveness = mean};
}

} // namespace xueshi::checkin
