#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/unique_fd.hpp"

namespace xueshi::stick {

/// A file that came from outside. Error: denied for a symbolic link or anything else that is no regular file (F29).
Expected<UniqueFd> open_outside_file(const std::filesystem::path &path);
/// All of it. Error: too_large for more than `limit` bytes.
Expected<std::string> read_outside_file(const std::filesystem::path &path, std::uint64_t limit);

} // namespace xueshi::stick
