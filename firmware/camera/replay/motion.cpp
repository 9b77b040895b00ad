#include "firmware/camera/replay/motion.hpp"

#include <cmath>
#include <numbers>

namespace xueshi::camera::replay {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): well-mixed numbers of small seeds.
std::uint64_t mix(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15u;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

/// 0 to 1, of a seed, a channel and an index.
double uniform(std::uint32_t seed, std::uint32_t channel, std::uint32_t index) {
    const auto bits = mix(mix(seed) ^ (std::uint64_t{channel} << 32 | index));
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

/// A wave between -1 and 1: three sines whose periods, 1.5 to 8 seconds, and phases are the seed's.
double wave(std::uint32_t seed, std::uint32_t channel, std::int64_t wall_ms) {
    constexpr std::uint32_t kSines = 3;
    double sum = 0;
    for (std::uint32_t i = 0; i < kSines; ++i) {
        const double period_ms = 1500.0 + 6500.0 * uniform(seed, channel, 2 * i);
        const double phase = uniform(seed, channel, 2 * i + 1);
        const double turns = std::fmod(static_cast<double>(wall_ms), period_ms) / period_ms + phase;
        sum += std::sin(2 * std::numbers::pi * turns);
    }
    return sum / kSines;
}

} // namespace

Pose pose_at(std::uint32_t seed, std::int64_t wall_ms) {
    Pose pose;
    pose.dx = 40 * wave(seed, 0, wall_ms);
    pose.dy = 18 * wave(seed, 1, wall_ms);
    pose.scale = 1 + 0.06 * wave(seed, 2, wall_ms);
    pose.rotation_degrees = 4 * wave(seed, 3, wall_ms);
    pose.gain = 1 + 0.08 * wave(seed, 4, wall_ms);
    return pose;
}

} // namespace xueshi::camera::replay
