#pragma once

#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/recorder/ring.hpp"

namespace xueshi::recorder {

/// The same film with nobody to be recognised in it: every picture is brought down to 27 columns and up again, but for
/// the two corners with burned-in text, and encoded anew. Moments and order stay. A clip takes some seconds of one
/// processor and meanwhile some 35 MiB (1280x720, OpenH264 and x264, however long it is), which go back to the system.
/// Error: the units cannot be decoded or encoded; nothing is half blurred.
Expected<std::vector<UnitPtr>> blurred(const std::vector<UnitPtr> &units);

} // namespace xueshi::recorder
