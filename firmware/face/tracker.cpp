#include "firmware/face/face.hpp"

#include <algorithm>

#include "firmware/face/detect.hpp"

namespace xueshi::face {

namespace {

// At 15 frames a second a face that walks by still covers a third of where it was.
constexpr float kMinOverlap = 0.3F;
constexpr int kPatience = 5;

struct Pair {
    float overlap;
    std::size_t track, detection;
};

} // namespace

std::vector<std::uint64_t> Tracker::update(const std::vector<Detection> &detections) {
    std::vector<Pair> pairs;
    for (std::size_t t = 0; t < tracks_.size(); ++t) {
        for (std::size_t d = 0; d < detections.size(); ++d) {
            const float shared = overlap(tracks_[t].box, detections[d].box);
            if (shared >= kMinOverlap) {
                pairs.push_back({shared, t, d});
            }
        }
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const Pair &a, const Pair &b) { return a.overlap > b.overlap; });

    std::vector<std::uint64_t> numbers(detections.size(), 0);
    std::vector<bool> seen(tracks_.size(), false);
    for (const auto &pair : pairs) {
        if (!seen[pair.track] && numbers[pair.detection] == 0) {
            seen[pair.track] = true;
            numbers[pair.detection] = tracks_[pair.track].number;
            tracks_[pair.track].box = detections[pair.detection].box;
            tracks_[pair.track].missed = 0;
        }
    }
    for (std::size_t t = 0; t < seen.size(); ++t) {
        if (!seen[t]) {
            ++tracks_[t].missed;
        }
    }
    std::erase_if(tracks_, [](const Track &track) { return track.missed > kPatience; });
    for (std::size_t d = 0; d < detections.size(); ++d) {
        if (numbers[d] == 0) {
            numbers[d] = next_++;
            tracks_.push_back({numbers[d], detections[d].box, 0});
        }
    }
    return numbers;
}

} // namespace xueshi::face
