#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "firmware/terminald/guarded_clock.hpp"

namespace xueshi::terminald {

/// What the newest events of the journal and the newest receipt say about the time in boot `boot_id`. A journal or a
/// receipt that cannot be read says nothing.
KnownTime read_known_time(const std::filesystem::path &state, const std::filesystem::path &sync,
                          const std::string &boot_id);

/// The newest receipt's time, and the boot time of the event it ends with.
struct SignedMoment {
    std::int64_t signed_ms = 0;
    std::int64_t event_boot_ms = 0;
};
/// Nothing when there is no receipt under the registry's pinned key, or it ends with an event of another boot.
std::optional<SignedMoment> read_signed_moment(const std::filesystem::path &state, const std::filesystem::path &sync,
                                               const std::string &boot_id);

} // namespace xueshi::terminald
