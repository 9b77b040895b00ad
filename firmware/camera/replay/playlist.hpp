#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "firmware/camera/frame.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::camera::replay {

inline constexpr std::size_t kMaxPlaylistBytes = 1u << 20;
inline constexpr std::size_t kMaxPlaylistItems = 4096;

enum class Slot { left, centre, right };

/// What stands before the camera from `from_ms` until just before `until_ms` (wall time).
struct Item {
    std::filesystem::path file; ///< absolute; .jpg .jpeg .png: a photograph; .mp4: a video, played in a loop
    std::int64_t from_ms = 0;
    std::int64_t until_ms = 0;
    std::uint32_t motion_seed = 0;
    Slot slot = Slot::centre;
    std::optional<cv::Rect> face; ///< of the photograph, in its pixels: brought to a known size and the slot's middle
};

/// From `from_ms` until just before `until_ms` (wall time) the camera is as if its plug were out: no picture comes.
struct Unplugged {
    std::int64_t from_ms = 0;
    std::int64_t until_ms = 0;
};

struct Playlist {
    std::vector<Item> items;
    std::vector<Unplugged> unplugged = {};

    bool is_unplugged(std::int64_t wall_ms) const;
};

/// Strict: unknown fields, files of other kinds and empty spans are errors. Relative files lie beside the playlist, in
/// `directory`. The format is written down in playlist.md.
Expected<Playlist> parse_playlist(std::string_view text, const std::filesystem::path &directory);

} // namespace xueshi::camera::replay
