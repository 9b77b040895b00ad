#pragma once

#include <filesystem>
#include <string>

#include "firmware/core/base/error.hpp"

namespace xueshi::bench {

/// Whether the file that `option` names can be written when all is measured, which takes long; nothing is left there.
/// An empty path is none. Error: names option and path.
Expected<void> check_output(const std::string &option, const std::filesystem::path &path);

} // namespace xueshi::bench
