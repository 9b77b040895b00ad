#pragma once

#include <functional>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/recorder/clip.hpp"

namespace xueshi::recorder {

/// Takes the next bytes of a file; its error ends the muxing.
using ByteSink = std::function<Expected<void>(ByteView)>;

/// Packs H.264 into an MP4 (ISO/IEC 14496-12) with its index in front, so that players and browsers need no more than a
/// prefix to begin. The bytes come in file order. Errors: the sink's own, or `corrupt` when the units are no H.264.
Expected<void> mux_mp4(const std::vector<Placed> &units, const ByteSink &sink);

} // namespace xueshi::recorder
