#pragma once

#include <filesystem>
#include <functional>

#include "firmware/core/base/error.hpp"

namespace xueshi::bench {

/// One pass of dlib's face network over a crop that is made beforehand, nothing about it. Error: names the file.
Expected<std::function<void()>> load_bare_dlib(const std::filesystem::path &file);

} // namespace xueshi::bench
