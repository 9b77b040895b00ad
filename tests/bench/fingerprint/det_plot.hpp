#pragma once

#include <filesystem>

#include "tests/bench/fingerprint/measure.hpp"

namespace xueshi::bench {

struct DetCurve {
    std::string name;
    Verification scores;
};
/// A DET plot as SVG: FNMR over FMR, both on normal deviates' axes (ISO/IEC 19795-1).
Expected<void> write_det_plot(const std::filesystem::path &file, const std::vector<DetCurve> &curves);

} // namespace xueshi::bench
