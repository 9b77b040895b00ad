#include "firmware/face/face.hpp"

#include <algorithm>

#include "firmware/face/detect.hpp"

namespace xueshi::face {

namespace {

// At 15 frames a second a face that walks by still covers a third of where it was.
constexpr float kMinOverlap = 0.3F;

} // namespace

std::vector<std::uint64_t> Tracker::update(const std::vector<Detection> &detections) {
    std::vector<std::uint64_t> numbers;
    update(detections, numbers);
    return numbers;
}

void Tracker::update(std::span<const Detection> detections, std::vector<std::uint64_t> &numbers) {
    pairs_.clear();
    for (std::size_t t = 0; t < tracks_.size(); ++t) {
        tracks_[t].seen = false;
        for (std::size_t d = 0; d < detections.size(); ++d) {
            const float shared = overlap(tracks_[t].box, detections[d].box);
            if (shared >= kMinOverlap) {
                pairs_.push_back({shared, t, d});
            }
        }
    }
    std::sort(pairs_.begin(), pairs_.end(), [](const Pair &a, const Pair &b) { return a.overlap > b.overlap; });

    numbers.assign(detections.size(), 0);
    for (const auto &pair : pairs_) {
        auto &track = tracks_[pair.track];
        if (!track.seen && numbers[pair.detection] == 0) {
            numbers[pair.detection] = track.number;
            track = {track.number, detections[pair.detection].box, 0, true};
        }
    }
    for (auto &track : tracks_) {
        track.missed += track.seen ? 0 : 1;
    }
    std::erase_if(tracks_, [](const Track &track) { return track.missed > kPatience; });
    for (std::size_t d = 0; d < detections.size(); ++d) {
        if (numbers[d] == 0) {
            numbers[d] = next_++;
            tracks_.push_back({numbers[d], detections[d].box, 0, true});
        }
    }
}

} // namespace xueshi::face
