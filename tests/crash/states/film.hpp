#pragma once

#include <vector>

#include "firmware/recorder/ring.hpp"

namespace xueshi::test::crash {

/// Two seconds of H.264, 10 pictures a second.
std::vector<recorder::UnitPtr> make_film();

} // namespace xueshi::test::crash
