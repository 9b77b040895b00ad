#include "firmware/fingerprint/mcc/similarity.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>

namespace xueshi::fingerprint::mcc {
namespace {

constexpr int kMostTurn = 60;            // delta_theta, degrees: further nobody turns a finger on a reader
constexpr double kLeastMatchable = 0.60; // min_ME

int turn(int a, int b) {
    const int difference = std::abs(a - b);
    return difference > 180 ? 360 - difference : difference;
}

/// Roots of all the counts that can occur: three square roots a comparison were a third of its cost.
using Roots = std::array<float, kSections * kSide * kSide + 1>;

Roots make_roots() {
    Roots roots{};
    for (std::size_t i = 0; i < roots.size(); ++i) {
        roots[i] = std::sqrt(static_cast<float>(i));
    }
    return roots;
}

const Roots kRoots = make_roots();

[[gnu::always_inline]] inline std::size_t count(BaseBits bits) {
    return static_cast<std::size_t>(std::popcount(bits));
}

/// Equation 20 in its bit form: 1 - |a xor b| / (|a| + |b|) over the cells valid in both, |v| = sqrt(popcount).
[[gnu::always_inline]] inline float similarity(const Cylinder &a, const Cylinder &b, std::size_t least_cells) {
    const BaseBits both = a.valid & b.valid;
    if (count(both) < least_cells) {
        return 0;
    }
    std::size_t in_a = 0, in_b = 0, differ = 0;
    for (std::size_t section = 0; section < kSections; ++section) {
        const BaseBits cells_a = a.cells[section] & both, cells_b = b.cells[section] & both;
        in_a += count(cells_a);
        in_b += count(cells_b);
        differ += count(cells_a ^ cells_b);
    }
    return in_a + in_b == 0 ? 0 : 1 - kRoots[differ] / (kRoots[in_a] + kRoots[in_b]);
}

[[gnu::always_inline]] inline std::vector<Similar> all_similar(const std::vector<Cylinder> &a,
                                                               const std::vector<Cylinder> &b) {
    const auto least_cells = static_cast<std::size_t>(std::ceil(kLeastMatchable * cells_in_circle()));
    std::vector<Similar> found(a.size() * b.size());
    Similar *next = found.data();
    for (std::size_t row = 0; row < a.size(); ++row) {
        for (std::size_t column = 0; column < b.size(); ++column) {
            if (turn(a[row].pose.degrees, b[column].pose.degrees) <= kMostTurn) {
                const float value = similarity(a[row], b[column], least_cells);
                *next = {value, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(column)};
                next += value > 0 ? 1 : 0;
            }
        }
    }
    found.resize(static_cast<std::size_t>(next - found.data()));
    return found;
}

// Plain x86-64 has no popcnt instruction; three times faster with it. ARM always has its own.
#if defined(__x86_64__)
[[gnu::target("popcnt")]] std::vector<Similar> all_similar_with_popcnt(const std::vector<Cylinder> &a,
                                                                       const std::vector<Cylinder> &b) {
    return all_similar(a, b);
}
#endif

} // namespace

std::vector<Similar> local_similarities(const std::vector<Cylinder> &a, const std::vector<Cylinder> &b) {
#if defined(__x86_64__)
    static const bool has_popcnt = __builtin_cpu_supports("popcnt");
    if (has_popcnt) {
        return all_similar_with_popcnt(a, b);
    }
#endif
    return all_similar(a, b);
}

} // namespace xueshi::fingerprint::mcc
