#include "tests/bench/face/sessions.hpp"

#include <algorithm>

namespace xueshi::bench {

std::string recording_of(const std::string &stem) {
    return stem.substr(0, stem.rfind('_'));
}

std::string session_of(const std::string &stem) {
    const auto recording = recording_of(stem);
    return recording.substr(recording.rfind('_') + 1); // all of it without a '_'
}

std::vector<std::size_t> spread(std::size_t count, std::size_t wanted) {
    const auto taken = std::min(count, wanted);
    std::vector<std::size_t> places;
    for (std::size_t k = 0; k < taken; ++k) {
        places.push_back(taken == 1 ? 0 : k * (count - 1) / (taken - 1));
    }
    return places;
}

std::vector<std::size_t> windows(const std::vector<std::string> &recordings, std::size_t length) {
    std::vector<std::size_t> begins;
    for (std::size_t i = 0; i + length <= recordings.size();) {
        const bool whole = recordings[i] == recordings[i + length - 1];
        if (whole) {
            begins.push_back(i);
        }
        i += whole ? length : 1;
    }
    return begins;
}

} // namespace xueshi::bench
