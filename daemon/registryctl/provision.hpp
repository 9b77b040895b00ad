#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/registryctl/api.hpp"

namespace xueshi::registryctl {

/// A terminal to be: where it will stand, and what its box is called in the list (its serial number, a shelf).
struct PlannedTerminal {
    std::string label, institution, room;
    bool operator==(const PlannedTerminal &) const = default;
};

inline constexpr std::size_t kMaxProvisionBytes = 1 << 20;

/// A CSV with the columns label, institution and room, in any order; at most filing::kMaxRows rows, each label once.
/// Refused whole; errors name line and column.
Expected<std::vector<PlannedTerminal>> read_planned_terminals(std::string_view text);

/// Makes one one-time token a terminal of the list and writes them all, with their labels, into the CSV `tokens` (0600,
/// which must not be there yet). When the registry refuses one, no file is written; those made by then expire unused.
Expected<std::string> provision(Api &api, const std::filesystem::path &list, const std::filesystem::path &tokens,
                                std::int64_t valid_hours);

} // namespace xueshi::registryctl
