#pragma once

#include <filesystem>
#include <string>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::bench {

/// ROC curves (TAR over the logarithm of FAR, 1e-4 to 1) of all systems of the sets as SVG.
Expected<void> plot_roc(const json::Object &figures, const std::filesystem::path &path);

} // namespace xueshi::bench
