#include "tests/bench/fingerprint/det_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"

namespace xueshi::bench {
namespace {

constexpr double kSide = 640, kRoom = 60;
constexpr double kLeast = 0.0005, kMost = 0.5;
constexpr std::array<double, 8> kTicks{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2};
constexpr std::array<const char *, 6> kColours{"#1b6ca8", "#c0392b", "#27864a", "#8e44ad", "#b9770e", "#34495e"};

/// Inverse of the normal distribution by bisection: a plot needs no more.
double deviate(double share) {
    double low = -6, high = 6;
    for (int i = 0; i < 40; ++i) {
        const double middle = (low + high) / 2;
        (0.5 * std::erfc(-middle / std::sqrt(2.0)) < share ? low : high) = middle;
    }
    return low;
}

double place(double share) {
    const double from = deviate(kLeast), to = deviate(kMost);
    return (deviate(std::clamp(share, kLeast, kMost)) - from) / (to - from) * kSide;
}

std::string axes() {
    std::string text;
    for (const double tick : kTicks) {
        const double at = place(tick);
        text += fmt::format("<path d='M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {4:.1f}H{5:.1f}' stroke='#ddd'/>"
                            "<text x='{0:.1f}' y='{6:.1f}' text-anchor='middle'>{7:g} %</text>"
                            "<text x='{8:.1f}' y='{4:.1f}' text-anchor='end'>{7:g} %</text>\n",
                            kRoom + at, kRoom, kRoom + kSide, kRoom, kRoom + kSide - at, kRoom + kSide,
                            kRoom + kSide + 18, 100 * tick, kRoom - 6);
    }
    return text;
}

std::string curve(const DetCurve &det, const char *colour, std::size_t row) {
    std::string path;
    std::vector<double> thresholds = det.scores.genuine;
    thresholds.insert(thresholds.end(), det.scores.impostor.begin(), det.scores.impostor.end());
    std::sort(thresholds.begin(), thresholds.end());
    for (const double threshold : thresholds) {
        path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", kRoom + place(det.scores.fmr(threshold)),
                            kRoom + kSide - place(det.scores.fnmr(threshold)));
    }
    return fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='2'/>"
                       "<text x='{}' y='{}' fill='{}' text-anchor='end'>{}</text>\n",
                       path, colour, kRoom + kSide - 8, kRoom + 20 + 18 * static_cast<double>(row), colour, det.name);
}

} // namespace

Expected<void> write_det_plot(const std::filesystem::path &file, const std::vector<DetCurve> &curves) {
    std::string svg =
        fmt::format("<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{0}' font-family='sans-serif' "
                    "font-size='12'>\n<rect width='100%' height='100%' fill='white'/>\n"
                    "<text x='{1}' y='30'>FNMR over FMR</text>\n",
                    kSide + 2 * kRoom, kRoom);
    svg += axes();
    for (std::size_t i = 0; i < curves.size(); ++i) {
        svg += curve(curves[i], kColours[i % kColours.size()], i);
    }
    svg += "</svg>\n";
    return write_file_durably(file, svg);
}

} // namespace xueshi::bench
