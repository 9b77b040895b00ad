#pragma once

#include "firmware/core/base/bytes.hpp"

namespace xueshi::recorder {

/// The sequence and picture parameter sets of a key frame (ITU-T H.264, 7.3.1 and annex B), one behind the other; empty
/// where there are none. An MP4 has one pair for all its pictures: after a camera came back with another rate or colour
/// space, what follows belongs into another file.
Bytes parameter_sets(ByteView unit);

} // namespace xueshi::recorder
