#pragma once

#include <cstdint>
#include <vector>

#include "firmware/core/record/video_bodies.hpp"

namespace xueshi::recorder {

/// A stretch of wall time, [start, end), that becomes one film.
struct Span {
    std::int64_t start_ms = 0, end_ms = 0;
    RoomId room;
    std::vector<record::LessonRef> lessons; ///< held in it
    bool operator==(const Span &) const = default;
};

/// In order, without overlap.
using Plan = std::vector<Span>;

} // namespace xueshi::recorder
