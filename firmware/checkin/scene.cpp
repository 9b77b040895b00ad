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

std::size_t nearest(const std::vector<std::uint64_t> &tracks, const Attention &attention) {
    const auto waiting = std::find(tracks.begin(), tracks.end(), attention.waiting);
    if (attention.waiting != 0 && waiting != tracks.end()) {
        return static_cast<std::size_t>(waiting - tracks.begin());
    }
    const auto undecided = std::find_if_not(tracks.begin(), tracks.end(),
                                            [&](std::uint64_t track) { return attention.is_decided(track); });
    return undecided == tracks.end() ? 0 : static_cast<std::size_t>(undecided - tracks.begin());
}

} // namespace

Choice choose(const std::vector<face::Detection> &detections, const std::vector<std::uint64_t> &tracks,
              const Attention &attention, double second_face_ratio) {
    if (detections.empty()) {
        return {};
    }
    const Choice one{Crowd::one, nearest(tracks, attention)};
    if (tracks[one.index] == attention.waiting || attention.is_decided(tracks[one.index])) {
        return one;
    }
    for (std::size_t i = 0; i < detections.size(); ++i) {
        if (i != one.index && of_like_size(detections[i], detections[one.index], second_face_ratio)) {
            return {Crowd::several, one.index};
        }
    }
    return one;
}

} // namespace xueshi::checkin
