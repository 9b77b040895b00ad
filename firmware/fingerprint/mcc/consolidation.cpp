#include "firmware/fingerprint/mcc/consolidation.hpp"

#include <algorithm>
#include <cmath>
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

double wrap(double radians) {
    return std::remainder(radians, 2 * std::numbers::pi);
}

constexpr double radians(int degrees) {
    return degrees * std::numbers::pi / 180;
}

/// Sigmoids are below 1e-6 beyond these: most pairs of a foreign print end here.
constexpr double kDistanceGate = kDistanceMiddle + 9;
constexpr int kDegreesGate = 42;

int wrap_degrees(int degrees) {
    return (degrees % 360 + 540) % 360 - 180;
}

/// How two minutiae of one print lie to each other; does not change when the finger is turned or moved.
struct Segment {
    double dx, dy, distance;
};

Segment segment(const Pose &from, const Pose &to) {
    const double dx = to.x - from.x, dy = to.y - from.y;
    return {dx, dy, std::sqrt(dx * dx + dy * dy)};
}

/// rho of the paper: distance, difference of directions, and bearing of the second as seen from the first.
double compatibility(const Pose &a_from, const Pose &a_to, const Pose &b_from, const Pose &b_to) {
    const int turn = wrap_degrees((a_from.degrees - a_to.degrees) - (b_from.degrees - b_to.degrees));
    if (std::abs(turn) > kDegreesGate) {
        return 0;
    }
    const Segment a = segment(a_from, a_to), b = segment(b_from, b_to);
    const double distance = std::abs(a.distance - b.distance);
    if (distance > kDistanceGate) {
        return 0;
    }
    // The angle between both segments in one arctangent: of b turned back by a.
    const double between = std::atan2(a.dx * b.dy - a.dy * b.dx, a.dx * b.dx + a.dy * b.dy);
    const double bearing = std::abs(wrap(radians(a_from.degrees - b_from.degrees) + between));
    if (bearing > radians(kDegreesGate)) {
        return 0;
    }
    return sigmoid(distance, kDistanceMiddle, kDistanceSlope) *
           sigmoid(radians(std::abs(turn)), kAngleMiddle, kAngleSlope) * sigmoid(bearing, kAngleMiddle, kAngleSlope);
}

std::vector<Pair> most_similar(const SimilarityMatrix &matrix, std::vector<Pair> pairs) {
    std::sort(pairs.begin(), pairs.end(), [&matrix](const Pair &left, const Pair &right) {
        return matrix.at(left.row, left.column) > matrix.at(right.row, right.column);
    });
    pairs.resize(std::min(pairs.size(), kMostRelaxed));
    return pairs;
}

/// Compatibility of each two pairs, row by row, nought on the diagonal.
std::vector<double> compatibilities(const std::vector<Pair> &pairs, const std::vector<Cylinder> &a,
                                    const std::vector<Cylinder> &b) {
    const std::size_t n = pairs.size();
    std::vector<double> values(n * n);
    for (std::size_t t = 0; t < n; ++t) {
        for (std::size_t k = 0; k < n; ++k) {
            if (t != k) {
                values[t * n + k] = compatibility(a[pairs[t].row].pose, a[pairs[k].row].pose, b[pairs[t].column].pose,
                                                  b[pairs[k].column].pose);
            }
        }
    }
    return values;
}

std::vector<double> relax(std::vector<double> similarities, const std::vector<double> &compatible) {
    const std::size_t n = similarities.size();
    const double supporters = std::max(static_cast<double>(n - 1), kLeastSupporters);
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
double mean_of_most_efficient(const std::vector<double> &before, const std::vector<double> &after, std::size_t count) {
    std::vector<std::pair<double, double>> by_efficiency; // efficiency, similarity
    for (std::size_t t = 0; t < before.size(); ++t) {
        if (before[t] > 0) {
            by_efficiency.emplace_back(after[t] / before[t], after[t]);
        }
    }
    std::sort(by_efficiency.begin(), by_efficiency.end(), std::greater<>());
    double sum = 0;
    for (std::size_t t = 0; t < std::min(count, by_efficiency.size()); ++t) {
        sum += by_efficiency[t].second;
    }
    return sum / static_cast<double>(count); // pairs that are missing count as nought
}

} // namespace

double global_score(const std::vector<Cylinder> &a, const std::vector<Cylinder> &b) {
    const SimilarityMatrix matrix = local_similarities(a, b);
    const std::vector<Pair> pairs = most_similar(matrix, best_assignment(matrix));
    if (pairs.size() < 2) {
        return 0;
    }
    std::vector<double> similarities;
    similarities.reserve(pairs.size());
    for (const Pair &pair : pairs) {
        similarities.push_back(matrix.at(pair.row, pair.column));
    }
    const std::vector<double> relaxed = relax(similarities, compatibilities(pairs, a, b));
    // Relaxation multiplies: the cube root brings scores back to where a person can compare them.
    return std::cbrt(mean_of_most_efficient(similarities, relaxed, pairs_to_count(a.size(), b.size())));
}

} // namespace xueshi::fingerprint::mcc
