#include "firmware/fingerprint/mcc/consolidation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>

namespace xueshi::fingerprint::mcc {
namespace {

// Table 1 of the paper.
constexpr double kPairsMiddle = 20, kPairsSlope = 0.4;                    // mu_P, tau_P
constexpr double kLeastPairs = 4, kMostPairs = 12;                        // min_nP, max_nP
constexpr double kOwnWeight = 0.5;                                        // w_R
constexpr double kDistanceMiddle = 5, kDistanceSlope = -1.6;              // mu_1, tau_1: pixels
constexpr double kAngleMiddle = std::numbers::pi / 12, kAngleSlope = -30; // mu_2, tau_2 and mu_3, tau_3

// Ours, chosen on the sets that README.md names: a reader like FVC2004's gives 80 minutiae and more of one print, and
// support shared out among so many pairs is thin. Only the most similar pairs support one another; eight rounds instead
// of five set the consistent ones further apart; a print of few minutiae does not profit from being one.
constexpr std::size_t kMostRelaxed = 28;
constexpr double kLeastSupporters = 20;
constexpr int kRounds = 8;

double sigmoid(double value, double middle, double slope) {
    return 1 / (1 + std::exp(-slope * (value - middle)));
}

/// Sigmoids are below 1e-6 beyond these: most pairs of a foreign print end here.
constexpr int kDistanceGate = 14; // pixels
constexpr std::size_t kDegreesGate = 42;
constexpr int kDistanceSteps = 4; // a pixel

/// Both sigmoids by table: exponentials were most of the work.
struct Tables {
    std::array<double, kDistanceGate * kDistanceSteps + 1> distance{};
    std::array<double, kDegreesGate + 1> degrees{};
    Tables() {
        for (std::size_t i = 0; i < distance.size(); ++i) {
            distance[i] = sigmoid(static_cast<double>(i) / kDistanceSteps, kDistanceMiddle, kDistanceSlope);
        }
        for (std::size_t i = 0; i < degrees.size(); ++i) {
            degrees[i] = sigmoid(static_cast<double>(i) * std::numbers::pi / 180, kAngleMiddle, kAngleSlope);
        }
    }
};
const Tables kTables;

int wrap_degrees(int degrees) {
    return (degrees % 360 + 540) % 360 - 180;
}

std::size_t bearing_step(int degrees) {
    return static_cast<std::size_t>(std::abs(wrap_degrees(degrees)));
}

/// The pairs' places on both prints, and how far each is turned from the first print to the second. Members apart and
/// no error numbers of roots: the compiler takes several pairs at once.
struct Ends {
    std::array<double, kMostRelaxed> ax{}, ay{}, bx{}, by{};
    std::array<int, kMostRelaxed> turned{};

    Ends(const std::vector<Similar> &pairs, const std::vector<Pose> &a, const std::vector<Pose> &b) {
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const Pose &of_a = a[pairs[i].row], &of_b = b[pairs[i].column];
            ax[i] = of_a.x;
            ay[i] = of_a.y;
            bx[i] = of_b.x;
            by[i] = of_b.y;
            turned[i] = of_b.degrees - of_a.degrees;
        }
    }
    /// By how much pair t and each pair lie further apart on one print than on the other.
    std::array<double, kMostRelaxed> stretched(std::size_t t) const {
        std::array<double, kMostRelaxed> distances;
        for (std::size_t k = 0; k < kMostRelaxed; ++k) {
            const double on_a_x = ax[k] - ax[t], on_a_y = ay[k] - ay[t];
            const double on_b_x = bx[k] - bx[t], on_b_y = by[k] - by[t];
            distances[k] =
                std::abs(std::sqrt(on_a_x * on_a_x + on_a_y * on_a_y) - std::sqrt(on_b_x * on_b_x + on_b_y * on_b_y));
        }
        return distances;
    }
};

/// rho of the paper for two pairs: distance, difference of directions, and bearing of each as seen from the other.
struct Compatibility {
    double of_second = 0, of_first = 0; ///< as seen from the first, from the second
};

Compatibility compatibility(const Ends &ends, std::size_t first, std::size_t second, double distance) {
    const std::size_t turn = bearing_step(ends.turned[first] - ends.turned[second]);
    if (turn > kDegreesGate) {
        return {};
    }
    const double ax = ends.ax[second] - ends.ax[first], ay = ends.ay[second] - ends.ay[first];
    const double bx = ends.bx[second] - ends.bx[first], by = ends.by[second] - ends.by[first];
    // The angle between both segments in one arctangent: of b turned back by a. It is the same from either end.
    const double between = std::atan2(ax * by - ay * bx, ax * bx + ay * by) * 180 / std::numbers::pi;
    const int degrees = static_cast<int>(std::lround(between));
    const double both = kTables.distance[static_cast<std::size_t>(distance * kDistanceSteps)] * kTables.degrees[turn];
    const auto seen_from = [&](std::size_t end) {
        const std::size_t bearing = bearing_step(degrees - ends.turned[end]);
        return bearing > kDegreesGate ? 0 : both * kTables.degrees[bearing];
    };
    return {seen_from(first), seen_from(second)};
}

/// Compatibility of each two pairs, column by column, nought on the diagonal.
std::vector<double> compatibilities(const std::vector<Similar> &pairs, const Ends &ends) {
    const std::size_t n = pairs.size();
    std::vector<double> values(n * n);
    for (std::size_t t = 0; t < n; ++t) {
        const auto stretched = ends.stretched(t);
        for (std::size_t k = t + 1; k < n; ++k) {
            if (stretched[k] <= kDistanceGate) {
                const Compatibility two = compatibility(ends, t, k, stretched[k]);
                values[k * n + t] = two.of_second;
                values[t * n + k] = two.of_first;
            }
        }
    }
    return values;
}

/// Each pair's support is summed up in the order of the pairs, all sums side by side.
std::vector<double> support_one_another(std::vector<double> similarities, const std::vector<double> &compatible) {
    const std::size_t n = similarities.size();
    const double supporters = std::max(static_cast<double>(n) - 1, kLeastSupporters);
    std::array<double, kMostRelaxed> support;
    for (int round = 0; round < kRounds; ++round) {
        support.fill(0);
        for (std::size_t k = 0; k < n; ++k) {
            const double similarity = similarities[k];
            const double *column = compatible.data() + k * n;
            for (std::size_t t = 0; t < n; ++t) {
                support[t] += column[t] * similarity;
            }
        }
        for (std::size_t t = 0; t < n; ++t) {
            similarities[t] = kOwnWeight * similarities[t] + (1 - kOwnWeight) * support[t] / supporters;
        }
    }
    return similarities;
}

std::size_t pairs_to_count(std::size_t a, std::size_t b) {
    const double share = sigmoid(static_cast<double>(std::min(a, b)), kPairsMiddle, kPairsSlope);
    return static_cast<std::size_t>(std::lround(kLeastPairs + share * (kMostPairs - kLeastPairs)));
}

/// Mean over the pairs that kept most of what they had.
double mean_of_most_efficient(const Relaxed &relaxed, std::size_t count) {
    std::vector<std::pair<double, double>> by_efficiency; // efficiency, similarity
    by_efficiency.reserve(relaxed.pairs.size());
    for (std::size_t t = 0; t < relaxed.pairs.size(); ++t) {
        by_efficiency.emplace_back(relaxed.after[t] / static_cast<double>(relaxed.pairs[t].similarity),
                                   relaxed.after[t]);
    }
    std::sort(by_efficiency.begin(), by_efficiency.end(), std::greater<>());
    double sum = 0;
    for (std::size_t t = 0; t < std::min(count, by_efficiency.size()); ++t) {
        sum += by_efficiency[t].second;
    }
    return sum / static_cast<double>(count); // pairs that are missing count as nought
}

} // namespace

Relaxed relax(const Print &a, const Print &b) {
    Relaxed relaxed;
    relaxed.pairs = most_similar(local_similarities(a.cylinders, b.cylinders), kMostRelaxed);
    std::vector<double> before;
    before.reserve(relaxed.pairs.size());
    for (const Similar &pair : relaxed.pairs) {
        before.push_back(pair.similarity);
    }
    relaxed.compatibilities = compatibilities(relaxed.pairs, Ends(relaxed.pairs, a.centres, b.centres));
    relaxed.after = support_one_another(std::move(before), relaxed.compatibilities);
    return relaxed;
}

double relaxed_score(const Relaxed &relaxed, std::size_t cylinders_a, std::size_t cylinders_b) {
    // Relaxation multiplies: the cube root brings scores back to where a person can compare them.
    return std::cbrt(mean_of_most_efficient(relaxed, pairs_to_count(cylinders_a, cylinders_b)));
}

} // namespace xueshi::fingerprint::mcc
