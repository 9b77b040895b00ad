#pragma once

#include <filesystem>
#include <memory>

#include "firmware/core/roster/roster.hpp"

namespace xueshi::terminald {

/// The roster that syncd fetched: trusted because the registry signed it and it names this device.
class RosterSource {
public:
    RosterSource(std::filesystem::path directory, DeviceId device)
        : directory_(std::move(directory)), device_(std::move(device)) {}

    /// Error: not_found before the claim; denied for another signature or device; conflict for one older than what
    /// was read before. The caller keeps the roster it has.
    Expected<std::shared_ptr<const roster::Roster>> read();

private:
    std::filesystem::path directory_;
    DeviceId device_;
    std::int64_t newest_ms_ = 0;
};

} // namespace xueshi::terminald
