#include "firmware/recorder/picture_light.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace xueshi::recorder {
namespace {

constexpr int kMostBarred = 75; ///< percent of the picture: 9:16 upright in 16:9 has 68

struct Bars {
    int before = 0, behind = 0;
};

/// The columns on either side that are bars, which an upright or narrow picture has beside it; `at` gives a pixel.
/// Alike on both sides, and not most of the picture: a lamp in the dark is no picture between bars.
template <typename At>
Bars bars(int columns, int rows, At at) {
    const auto is_bar = [&](int column) {
        for (int row = 0; row < rows; ++row) {
            if (at(column, row) > kBarBrightest) {
                return false;
            }
        }
        return true;
    };
    Bars found;
    while (found.before < columns && is_bar(found.before)) {
        ++found.before;
    }
    while (found.behind < columns && is_bar(columns - 1 - found.behind)) {
        ++found.behind;
    }
    const bool framed =
        std::abs(found.before - found.behind) <= 1 && found.before + found.behind <= columns * kMostBarred / 100;
    return framed ? found : Bars{};
}

/// Between the bars, in pixels of the thumbnail.
cv::Rect inside(const Thumbnail &picture) {
    const auto at = [&](int x, int y) { return picture.grey[static_cast<std::size_t>(y * Thumbnail::kWidth + x)]; };
    const auto beside = bars(Thumbnail::kWidth, Thumbnail::kHeight, at);
    const auto above = bars(Thumbnail::kHeight, Thumbnail::kWidth, [&](int y, int x) { return at(x, y); });
    return {cv::Point(beside.before, above.before),
            cv::Point(Thumbnail::kWidth - beside.behind, Thumbnail::kHeight - above.behind)};
}

std::vector<std::uint8_t> pixels(const Thumbnail &picture, const cv::Rect &area) {
    std::vector<std::uint8_t> grey;
    for (int y = area.y; y < area.br().y; ++y) {
        for (int x = area.x; x < area.br().x; ++x) {
            grey.push_back(picture.grey[static_cast<std::size_t>(y * Thumbnail::kWidth + x)]);
        }
    }
    return grey;
}

/// Blocks at the rim of `area` may hold some of a bar and are left out.
double structure_of(const cv::Mat &bgr, const cv::Rect &area) {
    cv::Mat means, grey;
    cv::resize(bgr, means, {Thumbnail::kWidth, Thumbnail::kHeight}, 0, 0, cv::INTER_AREA);
    cv::cvtColor(means, grey, cv::COLOR_BGR2GRAY);
    cv::Mat terms, levels, fitted;
    for (int y = area.y + 1; y < area.br().y - 1; ++y) {
        for (int x = area.x + 1; x < area.br().x - 1; ++x) {
            terms.push_back(cv::Mat(cv::Matx<double, 1, 6>(1, x, y, x * x, x * y, y * y)));
            levels.push_back(static_cast<double>(grey.at<std::uint8_t>(y, x)));
        }
    }
    cv::solve(terms, levels, fitted, cv::DECOMP_SVD);
    return cv::norm(terms * fitted - levels) / std::sqrt(levels.rows);
}

} // namespace

Light light_of(const Thumbnail &picture, const cv::Mat &bgr) {
    const auto area = inside(picture);
    auto grey = pixels(picture, area);
    double sum = 0, squares = 0;
    for (const double value : grey) {
        sum += value;
        squares += value * value;
    }
    const auto count = static_cast<double>(grey.size());
    Light light;
    light.mean = sum / count;
    light.spread = std::sqrt(std::max(0.0, squares / count - light.mean * light.mean));
    const auto nth = grey.begin() + std::ssize(grey) * 98 / 100;
    std::nth_element(grey.begin(), nth, grey.end());
    light.brightest = *nth;
    light.structure = structure_of(bgr, area);
    return light;
}

} // namespace xueshi::recorder
