#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "firmware/core/base/clock.hpp"
#include "firmware/face/face.hpp"

namespace xueshi::checkin {

enum class Crowd { nobody, one, several };

/// Who stands there. `detections` are largest first; a second face of at least `second_face_ratio` of the first one's
/// area makes it several people, smaller ones stand behind and are ignored.
Crowd crowd(const std::vector<face::Detection> &detections, double second_face_ratio);

/// Tracks that ask for nothing more now.
struct Attention {
    std::vector<std::uint64_t> decided; ///< others are asked before them; looked at now and then
    bool any_quality = false;           ///< turned heads are wanted too: an enrolment, an active check
    std::uint64_t waiting = 0;          ///< asked for a finger, or being saved: stays the
                                        ///< one, and is not looked at
    bool is_decided(std::uint64_t track) const {
        return std::find(decided.begin(), decided.end(), track) != decided.end();
    }
};

/// Whom to ask: the nearest who is not decided about; when all are, the
/// nearest.
struct Choice {
    Crowd crowd = Crowd::nobody;
    std::size_t index = 0; ///< of the detections, largest first
};
Choice choose(const std::vector<face::Detection> &detections, const std::vector<std::uint64_t> &tracks,
              const Attention &attention, double second_face_ratio);

using LiveTracks = boost::container::static_vector<std::uint64_t, face::Tracker::kMostAtOnce>;

/// What recognition says of one frame.
struct FaceReport {
    Instant at;
    Crowd crowd = Crowd::nobody;
    std::uint64_t track = 0;       ///< of the one face
    LiveTracks tracks;             ///< all that have not ended, the one's too
    face::Observation observation; ///< of the one face; of one that was not looked at only where it is
    bool observed = true;          ///< false: the face is there and was not looked at, see Attention
};

} // namespace xueshi::checkin
