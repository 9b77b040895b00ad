#include "firmware/fingerprint/mcc/similarity.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

namespace xueshi::fingerprint::mcc {
namespace {

constexpr int kMostTurn = 60;            // delta_theta, degrees: further nobody turns a finger on a reader
constexpr double kLeastMatchable = 0.60; // min_ME

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

/// Equation 20 in its bit form: 1 - |a xor b| / (|a| + |b|) over the cells valid in both, |v| = sqrt(popcount). No
/// number where both are empty.
[[gnu::always_inline]] inline float similarity(const Bits &a, const Bits &b, BaseBits both) {
    std::size_t in_a = 0, in_b = 0, differ = 0;
    for (std::size_t section = 0; section < kSections; ++section) {
        const BaseBits cells_a = a.cells[section] & both, cells_b = b.cells[section] & both;
        in_a += count(cells_a);
        in_b += count(cells_b);
        differ += count(cells_a ^ cells_b);
    }
    return 1 - kRoots[differ] / (kRoots[in_a] + kRoots[in_b]);
}

/// One cylinder with those of b in [from, until). Returns where the next pair goes. No branch depends on the prints: a
/// wrong guess of the processor costs as much as a comparison.
[[gnu::always_inline]] inline Similar *compare(const Bits &one, const Bits *from, const Bits *until,
                                               std::size_t least_cells, Similar *next) {
    for (; from != until; ++from) {
        const BaseBits both = one.valid & from->valid;
        const float value = similarity(one, *from, both);
        *next = {value, one.index, from->index};
        next += static_cast<int>(value > 0) & static_cast<int>(count(both) >= least_cells);
    }
    return next;
}

/// The window of b's cylinders around each of a's directions moves with them; it may lie over the end of the circle.
[[gnu::always_inline]] inline std::vector<Similar> all_similar(const std::vector<Bits> &a, const std::vector<Bits> &b) {
    static const auto least_cells = static_cast<std::size_t>(std::ceil(kLeastMatchable * cells_in_circle()));
    const std::size_t n = b.size();
    const auto degrees = [&](std::size_t place) { // of b thrice around: -360 to 720
        return b[place % n].degrees + 360 * (static_cast<int>(place / n) - 1);
    };
    std::vector<Similar> found(a.size() * n + 1); // one is written before it is known whether it counts
    Similar *next = found.data();
    std::size_t from = 0, until = 0;
    for (const Bits &one : a) {
        for (; from < 3 * n && degrees(from) < one.degrees - kMostTurn;) {
            ++from;
        }
        for (; until < 3 * n && degrees(until) <= one.degrees + kMostTurn;) {
            ++until;
        }
        for (std::size_t round = from / std::max<std::size_t>(n, 1); round * n < until; ++round) {
            next = compare(one, b.data() + (std::max(from, round * n) - round * n),
                           b.data() + (std::min(until, (round + 1) * n) - round * n), least_cells, next);
        }
    }
    found.resize(static_cast<std::size_t>(next - found.data()));
    return found;
}

// Plain x86-64 has no popcnt instruction; three times faster with it. ARM always has its own.
#if defined(__x86_64__)
[[gnu::target("popcnt")]] std::vector<Similar> all_similar_with_popcnt(const std::vector<Bits> &a,
                                                                       const std::vector<Bits> &b) {
    return all_similar(a, b);
}
#endif

} // namespace

std::vector<Bits> by_direction(const std::vector<Cylinder> &cylinders) {
    std::vector<Bits> bits;
    bits.reserve(cylinders.size());
    for (const Cylinder &cylinder : cylinders) {
        bits.push_back(
            {cylinder.valid, cylinder.cells, cylinder.pose.degrees, static_cast<std::uint16_t>(bits.size())});
    }
    std::sort(bits.begin(), bits.end(), [](const Bits &left, const Bits &right) {
        return std::tie(left.degrees, left.index) < std::tie(right.degrees, right.index);
    });
    return bits;
}

std::vector<Similar> local_similarities(const std::vector<Bits> &a, const std::vector<Bits> &b) {
#if defined(__x86_64__)
    static const bool has_popcnt = __builtin_cpu_supports("popcnt");
    if (has_popcnt) {
        return all_similar_with_popcnt(a, b);
    }
#endif
    return all_similar(a, b);
}

} // namespace xueshi::fingerprint::mcc
