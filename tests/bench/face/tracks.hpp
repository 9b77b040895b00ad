#pragma once

#include <cstddef>
#include <vector>

#include "tests/bench/face/looks.hpp"

namespace xueshi::bench {

/// Usable pictures of one recording that are judged together, in the order of their frame numbers.
using Track = std::vector<const Look *>;

inline constexpr std::size_t kTrack = 5; ///< as many as check-in judges liveness by

/// Each a window of five pictures of one recording, one after the other; what is left over at its end is in none.
std::vector<Track> tracks_of_five(const std::vector<Look> &looks);
/// The pictures of each recording that has fewer than five.
std::vector<Track> shorter_tracks(const std::vector<Look> &looks);
/// Both: nothing that a recording shows is without a track but its last four pictures at most.
std::vector<Track> all_tracks(const std::vector<Look> &looks);
/// Each picture by itself.
std::vector<Track> one_by_one(const std::vector<Look> &looks);

} // namespace xueshi::bench
