#pragma once

#include <cstdint>
#include <vector>

#include "firmware/core/base/clock.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::checkin {

enum class Crowd { nobody, one, several };

/// Who stands there. `detections` are largest first; a second face of at least `second_face_ratio` of the first one's
/// area makes it several people, smaller ones stand behind and are ignored.
Crowd crowd(const std::vector<face::Detection> &detections, double second_face_ratio);

/// What recognition says of one frame.
struct FaceReport {
    Instant at;
    Crowd crowd = Crowd::nobody;
    std::uint64_t track = 0;       ///< of the one face
    face::Observation observation; ///< of the one face
};

} // namespace xueshi::checkin
