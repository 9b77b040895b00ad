#include "firmware/checkin/scene.hpp"

namespace xueshi::checkin {

Crowd crowd(const std::vector<face::Detection> &detections, double second_face_ratio) {
    if (detections.empty()) {
        return Crowd::nobody;
    }
    if (detections.size() == 1) {
        return Crowd::one;
    }
    const auto first = static_cast<double>(detections[0].box.area());
    const auto second = static_cast<double>(detections[1].box.area());
    return second >= second_face_ratio * first ? Crowd::several : Crowd::one;
}

namespace {

bool of_like_size(const face::Detection &a, const face::Detection &b, double ratio) {
    const auto first = static_cast<double>(a.box.area());
    const auto second = static_cast<double>(b.box.area());
    return std::min(first, second) >= ratio * std::max(first, second);
}

/// The one who is asked for a finger, or whoever is not decided about and stepped up plainly before them; else the
/// first who is not decided about; else the first.
std::size_t nearest(const std::vector<face::Detection> &detections, const std::vector<std::uint64_t> &tracks,
                    const Attention &attention, double ratio) {
    const auto waiting = attention.waiting == 0 ? tracks.end() : std::ranges::find(tracks, attention.waiting);
    const auto waits = static_cast<std::size_t>(waiting - tracks.begin());
    for (std::size_t i = 0; i < waits; ++i) {
        const bool before = waiting == tracks.end() || !of_like_size(detections[i], detections[waits], ratio);
        if (before && !attention.is_decided(tracks[i])) {
            return i;
        }
    }
    return waiting == tracks.end() ? 0 : waits;
}

} // namespace

Choice choose(const std::vector<face::Detection> &detections, const std::vector<std::uint64_t> &tracks,
              const Attention &attention, double second_face_ratio) {
    if (detections.empty()) {
        return {};
    }
    const Choice one{Crowd::one, nearest(detections, tracks, attention, second_face_ratio)};
    if (tracks[one.index] == attention.waiting || attention.is_decided(tracks[one.index])) {
        return one;
    }
    for (std::size_t i = 0; i < detections.size(); ++i) {
        if (i != one.index && of_like_size(detections[i], detections[one.index], second_face_ratio)) {
            // Who stand far behind somebody ask for nothing yet.
            const bool behind = !of_like_size(detections[0], detections[one.index], second_face_ratio);
            return behind ? Choice{Crowd::one, 0} : Choice{Crowd::several, one.index};
        }
    }
    return one;
}

} // namespace xueshi::checkin
