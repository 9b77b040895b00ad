#pragma once

#include "firmware/xueshictl/commands.hpp"

namespace xueshi::xueshictl {

/// Writes what the registry does not have yet onto a stick, sealed for it: signed events, and the clips that may leave
/// the device; a clip also when its event is there already: damaged on an earlier stick, withheld until now, or of a
/// site whose network carries events only. `all`: also what it has. The folder counts as written with its index, which
/// comes last.
Expected<void> export_to_stick(const Places &places, const std::filesystem::path &stick, bool all);

/// Puts the registry's answer on a stick into the sync inbox, where syncd verifies it.
Expected<void> import_answer(const Places &places, const std::filesystem::path &stick);

} // namespace xueshi::xueshictl
