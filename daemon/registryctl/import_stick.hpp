#pragma once

#include <filesystem>

#include "daemon/registryctl/api.hpp"

namespace xueshi::registryctl {

/// Takes in every finished folder that terminals wrote onto `stick` (itself one, or holding some), events before clips,
/// and puts what the terminals are to get back under `answer`. Done twice it counts once.
/// A damaged file or folder keeps nothing else from being taken; the error at the end tells of each. Only when the
/// registry is unreachable the rest is not tried.
Expected<std::string> import_stick(Api &api, const std::filesystem::path &stick, const std::filesystem::path &answer);

} // namespace xueshi::registryctl
