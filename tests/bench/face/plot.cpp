#include "tests/bench/face/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"

namespace xueshi::bench {

namespace {

constexpr double kTop = 30, kSide = 380, kRocLeft = 60, kDetLeft = 520, kLegendLeft = 920;
constexpr double kLowestTar = 0.5; // below it no curve is of interest
constexpr int kXDecades = 4, kYDecades = 3;
constexpr std::array kColours{"#1b6ca8", "#c8553d", "#588157", "#7b2d8b", "#8a6d00"};

struct Curve {
    std::string name, dash;
    const char *colour;
    bool is_liveness;
    std::vector<std::pair<double, double>> points; ///< share of others accepted, share of same accepted
};

double x_of(double left, double far) {
    return left + kSide * (std::log10(far) + kXDecades) / kXDecades;
}
double y_of_tar(double tar) {
    return kTop + kSide * (1 - (std::max(tar, kLowestTar) - kLowestTar) / (1 - kLowestTar));
}
double y_of_miss(double miss) {
    return kTop - kSide * std::log10(std::clamp(miss, std::pow(10, -kYDecades), 1.0)) / kYDecades;
}

void add_curve(std::vector<Curve> &curves, const std::string &name, const std::string &dash, std::size_t colour,
               bool is_liveness, const json::Value *roc) {
    Curve curve{name, dash, kColours[colour % kColours.size()], is_liveness, {}};
    for (const auto &point : roc != nullptr ? roc->as_array() : json::Array{}) {
        curve.points.emplace_back(point.as_array()[0].to_number<double>(), point.as_array()[1].to_number<double>());
    }
    if (!curve.points.empty()) {
        curves.push_back(std::move(curve));
    }
}

/// The set's figures by system: `photos` has them among its own.
json::Object systems_of(const json::Object &figures, const char *set) {
    const auto *of_set = figures.if_contains(set);
    const auto *providers = of_set != nullptr ? of_set->as_object().if_contains("providers") : nullptr;
    return providers != nullptr ? providers->as_object() : of_set != nullptr ? of_set->as_object() : json::Object{};
}

std::vector<Curve> curves_of(const json::Object &figures) {
    std::vector<Curve> curves;
    for (const auto &[set, dash] : {std::pair{"lfw", "none"}, {"nuaa", "6 3"}, {"photos", "12 3 2 3"}}) {
        std::size_t colour = 0;
        for (const auto &[name, one] : systems_of(figures, set)) {
            if (one.is_object()) {
                add_curve(curves, fmt::format("{} {}", set, std::string(name)), dash, colour++, false,
                          one.as_object().if_contains("roc"));
            }
        }
    }
    const auto *pad = figures.if_contains("pad");
    std::size_t colour = 0;
    for (const auto *length : {"frame", "track", "held_out_frame", "held_out_track", "spoof"}) {
        const auto *one = pad != nullptr ? pad->as_object().if_contains(length) : nullptr;
        add_curve(curves, fmt::format("liveness {}", length), "2 3", colour++, true,
                  one != nullptr ? one->as_object().if_contains("roc") : nullptr);
    }
    return curves;
}

std::string upright(double x, const std::string &label) {
    return fmt::format("<path d='M{0} {1}V{2}' stroke='#ddd'/><text x='{0}' y='{3}' text-anchor='middle'>{4}</text>", x,
                       kTop, kTop + kSide, kTop + kSide + 18, label);
}
std::string level(double left, double y, const std::string &label) {
    return fmt::format("<path d='M{0} {1}H{2}' stroke='#ddd'/><text x='{3}' y='{1}' text-anchor='end'>{4}</text>", left,
                       y, left + kSide, left - 6, label);
}
std::string titles(double left, const std::string &title, const std::string &below, const std::string &beside) {
    const double middle = left + kSide / 2;
    return fmt::format("<text x='{0}' y='18' text-anchor='middle'>{1}</text><text x='{0}' y='{2}' "
                       "text-anchor='middle'>{3}</text><text transform='translate({4} {5}) rotate(-90)' "
                       "text-anchor='middle'>{6}</text>",
                       middle, title, kTop + kSide + 40, below, left - 42, kTop + kSide / 2, beside);
}

std::string axes() {
    std::string svg = titles(kRocLeft, "ROC", "FAR", "TAR") +
                      titles(kDetLeft, "DET", "FMR; of liveness APCER", "FNMR; of liveness BPCER");
    for (int power = -kXDecades; power <= 0; ++power) {
        for (const double left : {kRocLeft, kDetLeft}) {
            svg += upright(x_of(left, std::pow(10, power)), fmt::format("1e{}", power));
        }
    }
    for (int tenth = 5; tenth <= 10; ++tenth) {
        svg += level(kRocLeft, y_of_tar(tenth / 10.0), fmt::format("{:.1f}", tenth / 10.0));
    }
    for (int power = -kYDecades; power <= 0; ++power) {
        svg += level(kDetLeft, y_of_miss(std::pow(10, power)), fmt::format("1e{}", power));
    }
    return svg;
}

/// `det`: what is missed of the same, else what is accepted.
std::string line_of(const Curve &curve, bool det) {
    std::string line;
    for (const auto &[far, tar] : curve.points) {
        line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", x_of(det ? kDetLeft : kRocLeft, far),
                            det ? y_of_miss(1 - tar) : y_of_tar(tar));
    }
    return fmt::format("<path class='{}' d='{}' fill='none' stroke='{}' stroke-width='2' stroke-dasharray='{}'/>",
                       det ? "det" : "roc", line, curve.colour, curve.dash);
}

} // namespace

Expected<void> plot_curves(const json::Object &figures, const std::filesystem::path &path) {
    const auto curves = curves_of(figures);
    if (curves.empty()) {
        return fail(ErrorCode::not_found,
                    path.string() + ": there is no curve to draw: these sets have no scores both of the same people "
                                    "and of others, nor of both living faces and attacks");
    }
    std::string svg = "<svg xmlns='http://www.w3.org/2000/svg' width='1240' height='470' font-family='sans-serif' "
                      "font-size='12'><rect width='1240' height='470' fill='white'/>" +
                      axes();
    double legend = kTop + 10;
    for (const auto &curve : curves) {
        svg += (curve.is_liveness ? "" : line_of(curve, false)) + line_of(curve, true);
        svg += fmt::format("<text x='{}' y='{}' fill='{}'>{}</text>", kLegendLeft, legend, curve.colour, curve.name);
        legend += 18;
    }
    svg += fmt::format(
        "<text x='{}' y='{}'>dashed: NUAA, five enrolled; dash-dotted: photographs; dotted: liveness</text></svg>\n",
        kLegendLeft, kTop + kSide + 40);
    return write_file_durably(path, svg);
}

} // namespace xueshi::bench
