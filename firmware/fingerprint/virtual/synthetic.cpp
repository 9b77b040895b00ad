#include "firmware/fingerprint/virtual/synthetic.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "firmware/fingerprint/virtual/random.hpp"
#include "firmware/fingerprint/virtual/ridges.hpp"

namespace xueshi::fingerprint {
namespace {

constexpr int kFrameWidth = 256, kFrameHeight = 320;
constexpr int kMasterWidth = 400, kMasterHeight = 448; // a frame turned and shifted as far as below stays inside
constexpr int kRounds = 30;
constexpr double kShortestPeriod = 7.8, kLongestPeriod = 10.5;
constexpr double kMostTurn = 14;  // degrees
constexpr double kMostShift = 18; // pixels
constexpr double kStretch = 2.0;  // pixels, standard deviation

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) { // splitmix64's finaliser
    std::uint64_t z = a + 0x9e3779b97f4a7c15U * (b + 1);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

/// Standard normal values on a coarse grid, drawn smoothly over the whole.
cv::Mat1f smooth_field(Random &random, cv::Size size, int cell) {
    cv::Mat1f coarse(size.height / cell + 2, size.width / cell + 2);
    for (float &value : coarse) {
        value = static_cast<float>(random.normal());
    }
    cv::Mat1f fine;
    cv::resize(coarse, fine, size, 0, 0, cv::INTER_CUBIC);
    return fine;
}

struct Place {
    double x, y; // from the middle of the finger, y down
};

struct Singularities {
    std::vector<Place> loops, deltas;
    double arch = 0; ///< height of a plain arch's bulge, radians
};

/// Five kinds: plain arch, tented arch, left loop, right loop, whorl (which at times is a double loop).
Singularities draw_singularities(Random &random) {
    // Far apart: fingers of one kind with their cores and deltas in the same places resemble one another to a matcher.
    const auto near = [&random](double x, double y) {
        return Place{x + random.between(-32, 32), y + random.between(-32, 32)};
    };
    switch (static_cast<int>(random.unit() * 5)) {
    case 0:
        return {{}, {}, random.between(0.6, 1.1)};
    case 1:
        return {{near(0, -10)}, {near(0, 80)}, 0};
    case 2:
        return {{near(5, -30)}, {near(-85, 70)}, 0};
    case 3:
        return {{near(-5, -30)}, {near(85, 70)}, 0};
    default:
        return {{near(0, -45), near(0, 15)}, {near(-95, 85), near(95, 85)}, 0};
    }
}

double argument(Place of, double x, double y) {
    return std::atan2(of.y - y, x - of.x);
} // counter-clockwise as seen

cv::Mat1f direction_field(Random &random, cv::Size size) {
    const Singularities singular = draw_singularities(random);
    const cv::Mat1f bend = smooth_field(random, size, 110);
    cv::Mat1f direction(size);
    for (int row = 0; row < size.height; ++row) {
        for (int column = 0; column < size.width; ++column) {
            const double x = column - size.width / 2.0, y = row - size.height / 2.0;
            double angle = 0.22 * bend(row, column);
            for (const Place loop : singular.loops) {
                angle += 0.5 * argument(loop, x, y);
            }
            for (const Place delta : singular.deltas) {
                angle -= 0.5 * argument(delta, x, y);
            }
            const double bulge = std::clamp(0.5 + y / 260, 0.0, 1.0); // flat at the tip
            angle += singular.arch * bulge * -std::sin(std::clamp(x / 110, -std::numbers::pi, std::numbers::pi));
            direction(row, column) = static_cast<float>(angle);
        }
    }
    return direction;
}

cv::Mat1f period_field(Random &random, cv::Size size) {
    cv::Mat1f period = smooth_field(random, size, 90);
    const double middle = random.between(8.4, 9.9);
    for (float &value : period) {
        value = static_cast<float>(std::clamp(middle + 0.5 * value, kShortestPeriod, kLongestPeriod));
    }
    return period;
}

Field to_field(const cv::Mat1f &mat) {
    return {mat.cols, mat.rows, {mat.begin(), mat.end()}};
}

Field noise_field(Random &random, cv::Size size) {
    Field noise{size.width, size.height, std::vector<float>(static_cast<std::size_t>(size.area()))};
    for (float &value : noise.values) {
        value = static_cast<float>(random.between(-1, 1));
    }
    return noise;
}

/// Where in the finger each pixel of the frame looks.
void draw_placement(Random &random, cv::Size master, cv::Size frame, cv::Mat1f &from_x, cv::Mat1f &from_y) {
    const double angle = random.between(-kMostTurn, kMostTurn) * std::numbers::pi / 180;
    const double shift_x = random.between(-kMostShift, kMostShift), shift_y = random.between(-kMostShift, kMostShift);
    from_x = smooth_field(random, frame, 100) * kStretch;
    from_y = smooth_field(random, frame, 100) * kStretch;
    for (int row = 0; row < frame.height; ++row) {
        for (int column = 0; column < frame.width; ++column) {
            const double x = column - frame.width / 2.0, y = row - frame.height / 2.0;
            from_x(row, column) +=
                static_cast<float>(master.width / 2.0 + shift_x + std::cos(angle) * x - std::sin(angle) * y);
            from_y(row, column) +=
                static_cast<float>(master.height / 2.0 + shift_y + std::sin(angle) * x + std::cos(angle) * y);
        }
    }
}

/// Pressure widens ridges or narrows them; dirt and the sensor's noise come last.
void press(Random &random, cv::Mat1f &ridges) {
    const auto pressure = static_cast<float>(random.between(-0.35, 0.35));
    const cv::Mat1f damp = smooth_field(random, ridges.size(), 60);
    for (int row = 0; row < ridges.rows; ++row) {
        for (int column = 0; column < ridges.cols; ++column) {
            ridges(row, column) = ridges(row, column) > pressure + 0.12F * damp(row, column) ? 1.0F : -1.0F;
        }
    }
    cv::GaussianBlur(ridges, ridges, {}, random.between(0.9, 1.3));
    for (float &value : ridges) {
        value += 0.15F * static_cast<float>(random.normal());
    }
}

} // namespace

SyntheticFinger::SyntheticFinger(std::uint64_t person_seed, int finger)
    : seed_(mixed(person_seed, static_cast<std::uint64_t>(finger))), width_(kMasterWidth), height_(kMasterHeight) {
    Random random(seed_);
    const cv::Size size(width_, height_);
    const Field direction = to_field(direction_field(random, size));
    const Field period = to_field(period_field(random, size));
    ridges_ = grow_ridges(noise_field(random, size), direction, period, kRounds).values;
}

Picture SyntheticFinger::impression(int number) const {
    Random random(mixed(seed_, 1000 + static_cast<std::uint64_t>(number)));
    const cv::Size frame(kFrameWidth, kFrameHeight);
    const cv::Mat1f master(height_, width_, const_cast<float *>(ridges_.data())); // only read
    cv::Mat1f from_x, from_y, ridges;
    draw_placement(random, master.size(), frame, from_x, from_y);
    cv::remap(master, ridges, from_x, from_y, cv::INTER_LINEAR, cv::BORDER_REFLECT);
    press(random, ridges);
    cv::Mat1b grey;
    ridges.convertTo(grey, CV_8U, -100, 128);
    return {frame.width, frame.height, {grey.begin(), grey.end()}};
}

} // namespace xueshi::fingerprint
