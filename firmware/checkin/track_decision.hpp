#pragma once

#include <cstddef>
#include <deque>

#include "firmware/core/base/ids.hpp"

namespace xueshi::checkin {

/// Whom one observation is most like, within the scope.
struct Match {
    PersonId person; ///< empty: nobody is enrolled
    float score = -1;
    float second = -1; ///< of any other person; -1: nobody else
};

/// The first three come with the models (measured), the others are configuration.
struct FaceThresholds {
    float match = 0;
    float margin = 0;
    float liveness = 0;
    int agreeing_frames = 3; ///< in a row, of the same best person
    int liveness_frames = 5; ///< fewer say little: EER 14 % on one frame
    int unknown_frames = 8;  ///< good frames after which the answer is no
};

/// Over the threshold, and by the margin more like this person than like any other.
bool is_clear(const Match &match, const FaceThresholds &thresholds);

struct Verdict {
    enum class Kind { undecided, recognised, ambiguous, unknown, not_live };
    Kind kind = Kind::undecided;
    PersonId person{};  ///< of recognised only
    float score = -1;   ///< mean of the agreeing frames; else the best seen
    float margin = -1;  ///< mean to the second; -1: nobody else
    float liveness = 0; ///< mean over the track's last frames; of recognised: over those of this person alone
    int frames = 0;     ///< agreeing frames
};

/// Collects good observations of one track until they say who it is, or that it is nobody.
class TrackDecision {
public:
    explicit TrackDecision(const FaceThresholds &thresholds) : thresholds_(thresholds) {}

    Verdict add(const Match &match, float liveness);
    void reset() { looks_.clear(); }

private:
    struct Look {
        Match match;
        float liveness;
    };
    /// What the frames in which the newest one's person is clear say of liveness.
    struct Backing {
        int frames = 0;
        float mean = 0;
    };
    int agreeing() const;
    float track_liveness() const;
    Backing backing() const;
    Verdict agreed(int frames, float track_liveness) const;
    Verdict recognised(int frames, float liveness) const;
    Verdict refused(float liveness) const;

    FaceThresholds thresholds_;
    std::deque<Look> looks_; ///< at most kWindow, the newest last
};

} // namespace xueshi::checkin
