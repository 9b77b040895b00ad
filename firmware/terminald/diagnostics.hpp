#pragma once

#include <filesystem>
#include <string>

#include "firmware/core/base/json.hpp"

namespace xueshi::terminald {

/// xueshi-syncd's word about itself, as JSON: status.json of the folder.
Expected<std::string> read_sync_status(const std::filesystem::path &sync);

/// What the staff may hand on to find a fault: versions, devices, storage, network, sync state, counts; no names,
/// numbers or ids of people. `status`: Terminal's; `state`: the folder of journal.db and media; `sync`: that of
/// status.json.
json::Object make_diagnostics(const json::Object &status, const std::filesystem::path &state,
                              const std::filesystem::path &sync);

} // namespace xueshi::terminald
