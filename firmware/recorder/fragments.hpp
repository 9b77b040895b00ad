#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "firmware/core/base/error.hpp"

namespace xueshi::recorder {

/// What a fragmented MP4 of ours holds, up to its last whole fragment. Times in nanoseconds of the film.
struct FilmFacts {
    std::int64_t whole_bytes = 0; ///< the file plays when it is cut here
    std::int64_t frames = 0;
    std::int64_t duration_ns = 0; ///< from the first picture's beginning to the last one's end
    std::int64_t last_frame_ns = 0;
    std::int64_t sound_ns = 0;
    /// Pictures that stand for more than three of the usual ones: beginning of what is missing, next picture.
    std::vector<std::pair<std::int64_t, std::int64_t>> pauses;
};

/// Reads moov, and of each moof (ISO/IEC 14496-12, 8.8) what lies in it; a fragment counts as whole when its mdat is
/// and when the lengths of the NAL units in it (ISO/IEC 14496-15) fill each picture exactly: so neither a cut nor
/// blocks of zeros pass. `corrupt`: not one fragment with pictures is whole.
Expected<FilmFacts> read_film_facts(const std::filesystem::path &file);

} // namespace xueshi::recorder
