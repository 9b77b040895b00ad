#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xueshi::bench {

/// What filming one size of picture cost.
struct Filmed {
    std::string name;
    double cpu_percent = 0, face_percent = 0, bare_percent = 0;
    std::int64_t rss_kib = 0, bytes_a_second = 0, frames = 0, dropped = 0;
    std::int64_t missing = 0; ///< frames that the source did not make in time
    std::int64_t faces = 0;   ///< frames that the face pipeline found a face in meanwhile; 0 without models
    std::int64_t clips = 0, unsaved = 0, slowest_clip_ms = 0;
    double ratio() const { return bare_percent > 0 ? cpu_percent / bare_percent : 0; }

    /// Each target that is missed or was not measured, in words; none: all are met.
    std::vector<std::string> missed() const;
};

} // namespace xueshi::bench
