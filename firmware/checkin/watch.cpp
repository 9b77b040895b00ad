#include "firmware/checkin/watch.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace xueshi::checkin {

namespace {

constexpr std::int64_t kLookMs = 200;     // somebody who steps up waits no longer for the first look
constexpr std::int64_t kEmptyMs = 2'000;  // without a face that can be used: nobody is there
constexpr std::int64_t kRoomMs = 1'000;   // who is far away, or came without a motion that is seen, waits this long
constexpr std::int64_t kLingerMs = 1'000; // a head turned away for a moment is asked on
constexpr std::int64_t kDecidedAgainMs = 1'000; // somebody else may have stepped into the track

// Then the whole frame again: somebody may have stepped up beside; the tracker is as patient.
constexpr int kFollowed = 4;

} // namespace

bool Watch::may_skip(const camera::Frame &frame, const Attention &attention) {
    const auto now = frame.captured.boot_ms;
    if (attention.any_quality || now - asked_ms_ < kLingerMs) {
        return false;
    }
    if (now - looked_ms_ < kLookMs) {
        return true;
    }
    return is_empty(now) && now - room_ms_ < kRoomMs && !motion_.moved(frame);
}

bool Watch::is_empty(std::int64_t now_ms) const {
    return now_ms - someone_ms_ >= kEmptyMs;
}

/// Embedding is most of the work of a frame: whoever is decided about gets it once a second, whoever waits for another
/// sensor not at all.
bool Watch::may_rest(std::uint64_t track, const Instant &at, const Attention &attention) {
    if (track == attention.waiting) {
        return true;
    }
    if (!attention.is_decided(track)) {
        return false;
    }
    if (at.boot_ms - decided_ms_ < kDecidedAgainMs) {
        return true;
    }
    decided_ms_ = at.boot_ms;
    return false;
}

/// An embedding is made only of frames nearly as good as the track's best.
Expected<void> Watch::observe(const camera::Frame &frame, const face::Detection &detection, const Attention &attention,
                              FaceReport &report) {
    // Asking for the best itself would leave one frame; and it fades, so that nobody waits for one moment's light.
    constexpr float kNearlyBest = 0.85F, kFade = 0.98F;
    const bool decided = attention.is_decided(report.track);
    // The look at somebody decided about is for whoever stepped into the track: the best is another person's then.
    if (report.track != best_track_ || decided) {
        best_track_ = report.track;
        best_ = 0;
    }
    auto &seen = report.observation;
    auto done = pipeline_.observe(frame, detection, attention.any_quality ? 0 : kNearlyBest * best_, seen);
    best_ = std::max(kFade * best_, seen.quality);
    if (!decided && seen.flaw == face::QualityFlaw::none) {
        asked_ms_ = frame.captured.boot_ms;
        asked_ = detection;
        asked_track_ = report.track;
    }
    return done;
}

/// True: the one who is being asked is there, and all that was looked for.
Expected<bool> Watch::follow(const camera::Frame &frame, const Attention &attention) {
    const auto before = std::exchange(asked_, std::nullopt);
    if (!before || followed_ >= kFollowed || attention.is_decided(asked_track_) || asked_track_ == attention.waiting) {
        return false;
    }
    const auto now = pipeline_.follow(frame, *before);
    if (!now) {
        return tl::unexpected(now.error());
    }
    if (*now) {
        detections_.assign(1, **now);
    }
    return now->has_value();
}

Expected<void> Watch::find_faces(const camera::Frame &frame, const Attention &attention) {
    const auto followed = follow(frame, attention);
    if (!followed) {
        return tl::unexpected(followed.error());
    }
    if (*followed) {
        ++followed_;
        return {};
    }
    followed_ = 0;
    return search(frame);
}

Expected<void> Watch::search(const camera::Frame &frame) {
    const auto now = frame.captured.boot_ms;
    if (!is_empty(now)) {
        return pipeline_.detect(frame, detections_);
    }
    motion_.keep(frame);
    if (now - room_ms_ < kRoomMs) {
        return pipeline_.detect(frame, detections_, face::Reach::near);
    }
    room_ms_ = now;
    return pipeline_.detect(frame, detections_);
}

Expected<std::optional<FaceReport>> Watch::look(const camera::Frame &frame, const Attention &attention) {
    if (may_skip(frame, attention)) {
        return std::optional<FaceReport>();
    }
    if (auto done = find_faces(frame, attention); !done) {
        return fail(done, "detect faces");
    }
    looked_ms_ = frame.captured.boot_ms;
    if (detections_.empty() && looked_ms_ != room_ms_ && is_empty(looked_ms_)) {
        return std::optional<FaceReport>(); // of those far away it says nothing
    }
    detections_.resize(std::min(detections_.size(), face::kMostTracked));
    tracker_.update(detections_, tracks_);
    const auto choice = choose(detections_, tracks_, attention, second_face_ratio_);
    FaceReport report;
    report.at = frame.captured;
    report.crowd = choice.crowd;
    std::ranges::copy(tracker_.numbers(), std::back_inserter(report.tracks));
    if (report.crowd == Crowd::one) {
        report.track = tracks_[choice.index];
        report.observed = !may_rest(report.track, frame.captured, attention);
        report.observation.detection = detections_[choice.index];
    }
    if (report.crowd == Crowd::one && report.observed) {
        if (auto done = observe(frame, detections_[choice.index], attention, report); !done) {
            return fail(done, "observe a face");
        }
    }
    if (report.crowd != Crowd::nobody && report.observation.flaw != face::QualityFlaw::too_small) {
        someone_ms_ = looked_ms_;
    }
    return std::optional<FaceReport>(std::move(report));
}

} // namespace xueshi::checkin
