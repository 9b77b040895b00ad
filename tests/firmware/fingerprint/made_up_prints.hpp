#pragma once

#include <cmath>
#include <numbers>

#include "firmware/fingerprint/reader.hpp"
#include "firmware/fingerprint/virtual/random.hpp"

namespace xueshi::test {

/// Minutiae strewn at random: no finger, but as far from one another as two fingers' are.
inline fingerprint::Impression strewn(std::uint64_t seed, std::size_t count = 40) {
    fingerprint::Random random(seed);
    fingerprint::Impression impression;
    while (impression.size() < count) {
        impression.push_back({static_cast<int>(random.between(100, 350)), static_cast<int>(random.between(100, 400)),
                              static_cast<int>(random.between(0, 360))});
    }
    return impression;
}

/// The same finger laid on again: turned about (225, 250), shifted, each minutia off by up to `jitter` pixels.
inline fingerprint::Impression laid_again(const fingerprint::Impression &impression, double degrees, int dx, int dy,
                                          double jitter = 0, std::uint64_t seed = 1) {
    fingerprint::Random random(seed);
    const double radians = degrees * std::numbers::pi / 180;
    fingerprint::Impression again;
    for (const fingerprint::Minutia &m : impression) {
        const double x = m.x - 225, y = m.y - 250;
        const double to_x = std::cos(radians) * x - std::sin(radians) * y + 225 + dx + random.between(-jitter, jitter);
        const double to_y = std::sin(radians) * x + std::cos(radians) * y + 250 + dy + random.between(-jitter, jitter);
        again.push_back({static_cast<int>(std::lround(to_x)), static_cast<int>(std::lround(to_y)),
                         (m.angle + static_cast<int>(std::lround(degrees)) + 360) % 360});
    }
    return again;
}

} // namespace xueshi::test
