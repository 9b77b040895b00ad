#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "firmware/fingerprint/virtual/picture.hpp"

namespace xueshi::fingerprint {

/// One finger put on the reader: a synthetic impression, or a picture from a file.
struct PlaylistItem {
    std::uint64_t person_seed = 0;
    int finger = 0, impression = 0;
    std::filesystem::path file; ///< empty: synthetic
    std::int64_t at_ms = 0;     ///< wall time
};

/// {"version": 1, "items": [{"person_seed": 11, "finger": 1, "impression": 3, "at_ms": 1795500000000},
///                          {"file": "thumb.png", "at_ms": 1795500005000}]}
/// Items in order of time; at most 10,000. A relative file is looked for in `folder`.
Expected<std::vector<PlaylistItem>> parse_playlist(std::string_view text, const std::filesystem::path &folder);

/// The item's picture.
Expected<Picture> picture_of(const PlaylistItem &item);

} // namespace xueshi::fingerprint
