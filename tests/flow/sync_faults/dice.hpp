#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace xueshi::test::sync_faults {

/// Decisions that follow a seed. Each part of a schedule has its own, so that what one decides does not depend on how
/// often another was asked.
class Dice {
public:
    Dice(std::uint64_t seed, std::uint64_t part) {
        std::seed_seq mixed{seed, seed >> 32U, part};
        engine_.seed(mixed);
    }

    /// Both included.
    std::int64_t between(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
    }
    std::chrono::milliseconds ms(std::int64_t least, std::int64_t most) {
        return std::chrono::milliseconds(between(least, most));
    }
    bool chance(int percent) { return between(1, 100) <= percent; }

private:
    std::mt19937_64 engine_;
};

} // namespace xueshi::test::sync_faults
