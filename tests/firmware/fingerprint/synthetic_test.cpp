#include <cmath>

#include <doctest/doctest.h>

#include "firmware/fingerprint/virtual/synthetic.hpp"

using namespace xueshi::fingerprint;

namespace {

/// Correlation of two pictures of one size, -1..1.
double alike(const Picture &a, const Picture &b) {
    double sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
    const auto count = static_cast<double>(a.pixels.size());
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        const double x = a.pixels[i], y = b.pixels[i];
        sum_a += x;
        sum_b += y;
        sum_aa += x * x;
        sum_bb += y * y;
        sum_ab += x * y;
    }
    const double covariance = sum_ab - sum_a * sum_b / count;
    return covariance / std::sqrt((sum_aa - sum_a * sum_a / count) * (sum_bb - sum_b * sum_b / count));
}

} // namespace

TEST_CASE("synthetic prints: the same seed, finger and impression give the same picture, any other another") {
    const SyntheticFinger finger(7, 1);
    const Picture picture = finger.impression(3);
    CHECK(picture.pixels == SyntheticFinger(7, 1).impression(3).pixels);
    CHECK(std::abs(alike(picture, finger.impression(4))) < 0.5);
    CHECK(std::abs(alike(picture, SyntheticFinger(7, 2).impression(3))) < 0.2);
    CHECK(std::abs(alike(picture, SyntheticFinger(8, 1).impression(3))) < 0.2);
}

TEST_CASE("synthetic prints: ridges fill the whole frame") {
    const Picture picture = SyntheticFinger(21, 4).impression(1);
    constexpr int kTile = 32;
    for (int top = 0; top + kTile <= picture.height; top += kTile) {
        for (int left = 0; left + kTile <= picture.width; left += kTile) {
            int dark = 0;
            for (int i = 0; i < kTile * kTile; ++i) {
                const int at = (top + i / kTile) * picture.width + left + i % kTile;
                dark += picture.pixels[static_cast<std::size_t>(at)] < 128 ? 1 : 0;
            }
            CHECK(dark > kTile * kTile / 5);
            CHECK(dark < kTile * kTile * 4 / 5);
        }
    }
}
