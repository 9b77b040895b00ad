#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace xueshi::fingerprint {

/// The same numbers with every standard library: its engines are specified, its distributions are not.
class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    /// [0, 1)
    double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
    double between(double low, double high) { return low + (high - low) * unit(); }
    double normal() { return std::sqrt(-2 * std::log(1 - unit())) * std::cos(2 * std::numbers::pi * unit()); }

private:
    std::mt19937_64 engine_;
};

} // namespace xueshi::fingerprint
