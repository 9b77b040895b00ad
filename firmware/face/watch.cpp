#include "firmware/face/watch.hpp"

#include <algorithm>

namespace xueshi::face {

namespace {

// A frame nearly as good as the best may be embedded: asking for the best itself would leave one.
constexpr float kNearlyBest = 0.85F;
// The best fades by this a frame: who turned once to the window must not wait for that light again.
constexpr float kFade = 0.98F;
// Tracks out of sight are forgotten when there are more than this; the tracker forgets a lost face after six frames.
constexpr std::size_t kRemembered = 16;

} // namespace

Watch::Track *Watch::find(std::uint64_t number) {
    const auto found =
        std::find_if(tracks_.begin(), tracks_.end(), [&](const Track &track) { return track.number == number; });
    return found == tracks_.end() ? nullptr : &*found;
}

Watch::Track &Watch::follow(std::uint64_t number) {
    if (auto *known = find(number)) {
        return *known;
    }
    if (tracks_.size() >= kRemembered) {
        tracks_.erase(std::min_element(tracks_.begin(), tracks_.end(),
                                       [](const Track &a, const Track &b) { return a.number < b.number; }));
    }
    return tracks_.emplace_back(Track{number, 0, false, true});
}

void Watch::settle(std::uint64_t track) {
    if (auto *known = find(track)) {
        known->settled = true;
    }
}

void Watch::unsettle(std::uint64_t track) {
    if (auto *known = find(track)) {
        known->settled = false;
        known->best = 0;
    }
}

Expected<void> Watch::observe(const camera::Frame &frame, WatchedFace &face, Track &track) {
    const auto detection = face.observation.detection;
    face.observed = true;
    auto done = pipeline_.observe(frame, detection, kNearlyBest * track.best, face.observation);
    track.best = std::max(kFade * track.best, face.observation.quality);
    return done;
}

Expected<std::span<const WatchedFace>> Watch::look(const camera::Frame &frame) {
    if (auto done = pipeline_.detect(frame, detections_); !done) {
        return tl::unexpected(done.error());
    }
    detections_.resize(std::min(detections_.size(), kMaxTracks));
    tracker_.update(detections_, numbers_);
    tracks_.reserve(kRemembered);
    for (std::size_t i = 0; i < detections_.size(); ++i) {
        auto &track = follow(numbers_[i]);
        auto &face = faces_[i];
        face.track = numbers_[i];
        face.settled = track.settled;
        face.observed = false;
        face.observation.detection = detections_[i];
        face.observation.flaw = QualityFlaw::none;
        face.observation.quality = face.observation.liveness = 0;
        face.observation.embedding.clear();
        if (i == 0 && !track.settled) {
            if (auto done = observe(frame, face, track); !done) {
                return tl::unexpected(done.error());
            }
        }
    }
    return std::span<const WatchedFace>(faces_.data(), detections_.size());
}

} // namespace xueshi::face
