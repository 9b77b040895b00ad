#pragma once

#include <filesystem>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::bench {

/// As SVG: ROC curves (TAR over the logarithm of FAR, 1e-4 to 1) of all systems of the sets, and DET curves (FNMR over
/// FMR, both logarithmic) of the same and of liveness (BPCER over APCER). Error: not_found where the figures have no
/// curve.
Expected<void> plot_curves(const json::Object &figures, const std::filesystem::path &path);

} // namespace xueshi::bench
