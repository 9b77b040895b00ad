#include "tests/bench/face/tracks.hpp"

#include <algorithm>
#include <iterator>

namespace xueshi::bench {

namespace {

std::vector<Track> recordings(const std::vector<Look> &looks) {
    std::vector<Track> result;
    for (const auto &look : looks) {
        if (!look.usable()) {
            continue;
        }
        if (result.empty() || result.back().front()->recording != look.recording ||
            result.back().front()->person != look.person) {
            result.emplace_back();
        }
        result.back().push_back(&look);
    }
    return result;
}

} // namespace

std::vector<Track> tracks_of_five(const std::vector<Look> &looks) {
    std::vector<Track> result;
    for (const auto &recording : recordings(looks)) {
        for (auto begin = recording.begin(); recording.end() - begin >= static_cast<std::ptrdiff_t>(kTrack);
             begin += kTrack) {
            result.emplace_back(begin, begin + kTrack);
        }
    }
    return result;
}

std::vector<Track> shorter_tracks(const std::vector<Look> &looks) {
    auto result = recordings(looks);
    std::erase_if(result, [](const Track &track) { return track.size() >= kTrack; });
    return result;
}

std::vector<Track> all_tracks(const std::vector<Look> &looks) {
    auto result = tracks_of_five(looks);
    std::ranges::move(shorter_tracks(looks), std::back_inserter(result));
    return result;
}

std::vector<Track> one_by_one(const std::vector<Look> &looks) {
    std::vector<Track> result;
    for (const auto &look : looks) {
        if (look.usable()) {
            result.push_back({&look});
        }
    }
    return result;
}

} // namespace xueshi::bench
