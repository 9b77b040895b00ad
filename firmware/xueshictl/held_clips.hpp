#pragma once

#include <filesystem>
#include <set>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::xueshictl {

/// Digests of the clips that the registry is known to hold: those that acked.json in `sync` names, which are only the
/// oldest ones that are still here, and those that its signed answers for `device` on this stick name. Another clip may
/// be held all the same: taken in twice it counts once.
Expected<std::set<Sha256>> held_clips(const std::filesystem::path &sync, const std::filesystem::path &stick,
                                      const DeviceId &device);

} // namespace xueshi::xueshictl
