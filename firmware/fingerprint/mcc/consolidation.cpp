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

double length(double x, double y) {
    return std::sqrt(x * x + y * y);
}

std::size_t bearing_step(int degrees) {
    return static_cast<std::size_t>(std::abs(wrap_degrees(degrees)));
}

/// What the pair at one end of a segment knows of it.
struct End {
    const Pose &a, &b;
    int turned; ///< from a to b
};

/// rho of the paper for two pairs: distance, difference of directions, and bearing of each as seen from the other.
struct Compatibility {
    double of_second = 0, of_first = 0; ///< as seen from the first, from the second
};

Compatibility compatibility(const End &first, const End &second) {
    const std::size_t turn = bearing_step(first.turned - second.turned);
    if (turn > kDegreesGate) {
        return {};
    }
    const double ax = second.a.x - first.a.x, ay = second.a.y - first.a.y;
    const double bx = second.b.x - first.b.x, by = second.b.y - first.b.y;
    const double distance = std::abs(length(ax, ay) - length(bx, by));
    if (distance > kDistanceGate) {
        return {};
    }
    // The angle between both segments in one arctangent: of b turned back by a. It is the same from either end.
    const double between = std::atan2(ax * by - ay * bx, ax * bx + ay * by) * 180 / std::numbers::pi;
    const int degrees = static_cast<int>(std::lround(between));
    const double both = kTables.distance[static_cast<std::size_t>(distance * kDistanceSteps)] * kTables.degrees[turn];
    const auto seen_from = [&](const End &end) {
        const std::size_t bearing = bearing_step(degrees - end.turned);
        return bearing > kDegreesGate ? 0 : both * kTables.degrees[bearing];
    };
    return {seen_from(first), seen_from(second)};
}

/// Compatibility of each two pairs, row by row, nought on the diagonal.
std::vector<double> compatibilities(const std::vector<Similar> &pairs, const std::vector<Cylinder> &a,
                                    const std::vector<Cylinder> &b) {
    const std::size_t n = pairs.size();
    std::vector<End> ends;
    ends.reserve(n);
    for (const Similar &pair : pairs) {
        const Pose &of_a = a[pair.row].pose, &of_b = b[pair.column].pose;
        ends.push_back({of_a, of_b, of_b.degrees - of_a.degrees});
    }
    std::vector<double> values(n * n);
    for (std::size_t t = 0; t < n; ++t) {
        for (std::size_t k = t + 1; k < n; ++k) {
            const Compatibility two = compatibility(ends[t], ends[k]);
            values[t * n + k] = two.of_second;
            values[k * n + t] = two.of_first;
        }
    }
    return values;
}

std::vector<double> support_one_another(std::vector<double> similarities, const std::vector<double> &compatible) {
    const std::size_t n = similarities.size();
    const double supporters = std::max(static_cast<double>(n) - 1, kLeastSupporters);
    std::vector<double> next(n);
    for (int round = 0; round < kRounds; ++round) {
        for (std::size_t t = 0; t < n; ++t) {
            double support = 0;
            for (std::size_t k = 0; k < n; ++k) {
                support += compatible[t * n + k] * similarities[k];
            }
            next[t] = kOwnWeight * similarities[t] + (1 - kOwnWeight) * support / supporters;
        }
        similarities.swap(next);
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

Relaxed relax(const std::vector<Cylinder> &a, const std::vector<Cylinder> &b) {
    Relaxed relaxed;
    relaxed.pairs = most_similar(local_similarities(a, b), kMostRelaxed);
    std::vector<double> before;
    before.reserve(relaxed.pairs.size());
    for (const Similar &pair : relaxed.pairs) {
        before.push_back(pair.similarity);
    }
    relaxed.compatibilities = compatibilities(relaxed.pairs, a, b);
    relaxed.after = support_one_another(std::move(before), relaxed.compatibilities);
    return relaxed;
}

double relaxed_score(const Relaxed &relaxed, std::size_t cylinders_a, std::size_t cylinders_b) {
    // Relaxation multiplies: the cube root brings scores back to where a person can compare them.
    return std::cbrt(mean_of_most_efficient(relaxed, pairs_to_count(cylinders_a, cylinders_b)));
}

} // namespace xueshi::fingerprint::mcc
