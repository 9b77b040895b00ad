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
    float sum = 0;
    for (const auto &look : looks_) {
        sum += look.liveness;
    }
    const auto mean = sum / static_cast<float>(looks_.size());
    const auto seen = static_cast<int>(looks_.size());
    const auto frames = agreeing();
    const bool live = mean >= thresholds_.liveness;
    if (live && frames >= thresholds_.agreeing_frames && seen >= thresholds_.liveness_frames) {
        return recognised(frames, mean);
    }
    // Not before it could have been yes.
    if (seen >= std::max({thresholds_.unknown_frames, thresholds_.liveness_frames, thresholds_.agreeing_frames})) {
        return refused(mean);
    }
    return Verdict{.liveness = mean};
}

} // namespace xueshi::checkin
