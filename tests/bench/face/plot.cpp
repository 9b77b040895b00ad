#include "tests/bench/face/plot.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"

namespace xueshi::bench {

namespace {

constexpr double kLeft = 60, kTop = 20, kWidth = 560, kHeight = 360;
constexpr double kLowest = 0.5; // of TAR: below it no curve is of interest
constexpr std::array kColours{"#1b6ca8", "#c8553d", "#588157", "#7b2d8b"};

double x_of(double far) {
    return kLeft + kWidth * (std::log10(far) + 4) / 4;
}
double y_of(double tar) {
    return kTop + kHeight * (1 - (std::max(tar, kLowest) - kLowest) / (1 - kLowest));
}

std::string axes() {
    std::string svg;
    for (int power = -4; power <= 0; ++power) {
        const double x = kLeft + kWidth * (power + 4) / 4;
        svg +=
            fmt::format("<path d='M{0} {1}V{2}' stroke='#ddd'/><text x='{0}' y='{3}' text-anchor='middle'>1e{4}</text>",
                        x, kTop, kTop + kHeight, kTop + kHeight + 18, power);
    }
    for (int tenth = 5; tenth <= 10; ++tenth) {
        const double y = y_of(tenth / 10.0);
        svg +=
            fmt::format("<path d='M{0} {1}H{2}' stroke='#ddd'/><text x='{3}' y='{1}' text-anchor='end'>{4:.1f}</text>",
                        kLeft, y, kLeft + kWidth, kLeft - 6, tenth / 10.0);
    }
    return svg;
}

} // namespace

Expected<void> plot_roc(const json::Object &figures, const std::filesystem::path &path) {
    std::string svg = "<svg xmlns='http://www.w3.org/2000/svg' width='860' height='430' font-family='sans-serif' "
                      "font-size='12'><rect width='860' height='430' fill='white'/>" +
                      axes();
    double legend = kTop + 10;
    for (const auto &[set, dash] : {std::pair{"lfw", "none"}, {"nuaa", "6 3"}}) {
        const auto *of_set = figures.if_contains(set);
        const auto *providers = of_set != nullptr ? of_set->as_object().if_contains("providers") : nullptr;
        std::size_t colour = 0;
        for (const auto &[name, one] : providers != nullptr ? providers->as_object() : json::Object{}) {
            std::string line;
            for (const auto &point : one.as_object().at("roc").as_array()) {
                line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L",
                                    x_of(point.as_array()[0].to_number<double>()),
                                    y_of(point.as_array()[1].to_number<double>()));
            }
            const auto *stroke = kColours[colour++ % kColours.size()];
            svg += fmt::format("<path d='{}' fill='none' stroke='{}' stroke-width='2' stroke-dasharray='{}'/>", line,
                               stroke, dash);
            svg += fmt::format("<text x='640' y='{}' fill='{}'>{} {}</text>", legend, stroke, set, std::string(name));
            legend += 18;
        }
    }
    svg += "<text x='340' y='420' text-anchor='middle'>FAR (dashed: NUAA, five enrolled)</text></svg>\n";
    return write_file_durably(path, svg);
}

} // namespace xueshi::bench
