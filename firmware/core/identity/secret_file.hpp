#pragma once

#include <filesystem>
#include <string>

#include "firmware/core/base/error.hpp"

namespace xueshi::identity {

/// Reads a file that only its owner, the user of this process, may read. A symbolic link, another owner or a mode with
/// any right for group or others is denied: a key that others could have read is no longer a key.
Expected<std::string> read_secret_file(const std::filesystem::path &path, std::size_t limit);

/// Writes it durably, 0600.
Expected<void> write_secret_file(const std::filesystem::path &path, std::string_view content);

/// Overwrites the memory of a secret before it is given back.
void forget(std::string &secret);

} // namespace xueshi::identity
