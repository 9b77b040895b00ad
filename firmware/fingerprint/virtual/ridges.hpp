#pragma once

#include <vector>

namespace xueshi::fingerprint {

/// One value a pixel, rows from the top.
struct Field {
    int width = 0, height = 0;
    std::vector<float> values;
    float &at(int x, int y) { return values[static_cast<std::size_t>(y * width + x)]; }
    float at(int x, int y) const { return values[static_cast<std::size_t>(y * width + x)]; }
};

/// Grows ridges out of noise: `noise` filtered `rounds` times by the Gabor kernel of each pixel's own direction
/// (radians, counter-clockwise as seen) and period (pixels), clipped to -1..1 each time. Minutiae come by themselves
/// where the field leaves no room for another ridge.
Field grow_ridges(Field noise, const Field &direction, const Field &period, int rounds);

} // namespace xueshi::fingerprint
