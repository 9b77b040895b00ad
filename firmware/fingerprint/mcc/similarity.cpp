#include "firmware/fingerprint/mcc/similarity.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>

namespace xueshi::fingerprint::mcc {
namespace {

constexpr int kMostTurn = 90;            // delta_theta, degrees: a finger does not lie on the reader upside down
constexpr double kLeastMatchable = 0.60; // min_ME

int turn(int a, int b) {
    const int difference = std::abs(a - b) % 360;
    return difference > 180 ? 360 - difference : difference;
}

/// Equation 20 in its bit form: 1 - |a xor b| / (|a| + |b|) over the cells valid in both, |v| = sqrt(popcount).
[[gnu::always_inline]] inline float similarity(const Cylinder &a, const Cylinder &b, int least_cells) {
    BaseBits both;
    int matchable = 0;
    for (std::size_t w = 0; w < kBaseWords; ++w) {
        both[w] = a.valid[w] & b.valid[w];
        matchable += std::popcount(both[w]);
    }
    if (matchable < least_cells) {
        return 0;
    }
    int in_a = 0, in_b = 0, differ = 0;
    for (std::size_t section = 0; section < kSections; ++section) {
        for (std::size_t w = 0; w < kBaseWords; ++w) {
            const std::uint64_t cells_a = a.cells[section][w] & both[w], cells_b = b.cells[section][w] & both[w];
            in_a += std::popcount(cells_a);
            in_b += std::popcount(cells_b);
            differ += std::popcount(cells_a ^ cells_b);
        }
    }
    if (in_a == 0 && in_b == 0) {
        return 0;
    }
    return 1 - std::sqrt(static_cast<float>(differ)) /
                   (std::sqrt(static_cast<float>(in_a)) + std::sqrt(static_cast<float>(in_b)));
}

[[gnu::always_inline]] inline void fill(SimilarityMatrix &matrix, const std::vector<Cylinder> &a,
                                        const std::vector<Cylinder> &b) {
    const int least_cells = static_cast<int>(std::ceil(kLeastMatchable * cells_in_circle()));
    for (std::size_t row = 0; row < a.size(); ++row) {
        for (std::size_t column = 0; column < b.size(); ++column) {
            if (turn(a[row].pose.degrees, b[column].pose.degrees) <= kMostTurn) {
                matrix.values[row * matrix.columns + column] = similarity(a[row], b[column], least_cells);
            }
        }
    }
}

// Plain x86-64 has no popcnt instruction; three times faster with it. ARM always has its own.
#if defined(__x86_64__)
[[gnu::target("popcnt")]] void fill_with_popcnt(SimilarityMatrix &matrix, const std::vector<Cylinder> &a,
                                                const std::vector<Cylinder> &b) {
    fill(matrix, a, b);
}
#endif

} // namespace

SimilarityMatrix local_similarities(const std::vector<Cylinder> &a, const std::vector<Cylinder> &b) {
    SimilarityMatrix matrix{a.size(), b.size(), std::vector<float>(a.size() * b.size())};
#if defined(__x86_64__)
    static const bool has_popcnt = __builtin_cpu_supports("popcnt");
    if (has_popcnt) {
        fill_with_popcnt(matrix, a, b);
        return matrix;
    }
#endif
    fill(matrix, a, b);
    return matrix;
}

} // namespace xueshi::fingerprint::mcc
