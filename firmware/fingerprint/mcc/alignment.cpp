#include "firmware/fingerprint/mcc/alignment.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace xueshi::fingerprint::mcc {
namespace {

// Chosen on the sets that README.md names, where a third more or less of any changed little.
constexpr std::size_t kSeeds = 3;
constexpr int kRounds = 3;                // laid on, each time by the pairs that met before
constexpr double kLeastCompatible = 0.05; // with the seed, to have a say in the first laying on
constexpr double kReach = 18;             // pixels between minutiae that meet: skin stretches
constexpr int kMostTurn = 30;             // degrees; NBIS gives directions in steps of 11.25
constexpr double kDegreeWeight = 0.44;    // square pixels a square degree, in how far apart two minutiae are
constexpr double kSpread = 8;             // pixels; standard deviation of a finger's own minutiae from one another
constexpr double kLeverArm = 20;          // pixels; how much a direction turns the print, compared with a place
constexpr double kRim = 5;                // pixels beyond the outermost minutiae that still count as print
constexpr double kDoubt = 8;              // minutiae: few that meet prove little, however few could

struct Mate {
    Pose a, b;
    double weight;
    double apart = 0; ///< square pixels, with the turn's share
};

/// Turn and shift that carry a onto b: least squares over places and directions.
class Motion {
public:
    explicit Motion(const std::vector<Mate> &mates) {
        double weight = 0;
        for (const Mate &mate : mates) {
            weight += mate.weight;
            from_.x += mate.weight * mate.a.x;
            from_.y += mate.weight * mate.a.y;
            to_.x += mate.weight * mate.b.x;
            to_.y += mate.weight * mate.b.y;
        }
        from_ = {from_.x / weight, from_.y / weight};
        to_ = {to_.x / weight, to_.y / weight};
        double cosines = 0, sines = 0;
        for (const Mate &mate : mates) {
            const double ax = mate.a.x - from_.x, ay = mate.a.y - from_.y;
            const double bx = mate.b.x - to_.x, by = mate.b.y - to_.y;
            const double turned = (mate.b.degrees - mate.a.degrees) * std::numbers::pi / 180;
            cosines += mate.weight * (ax * bx + ay * by + kLeverArm * kLeverArm * std::cos(turned));
            sines += mate.weight * (ax * by - ay * bx + kLeverArm * kLeverArm * std::sin(turned));
        }
        const double angle = std::atan2(sines, cosines);
        cosine_ = std::cos(angle);
        sine_ = std::sin(angle);
        degrees_ = static_cast<int>(std::lround(angle * 180 / std::numbers::pi));
    }

    Pose operator()(const Pose &pose) const {
        const double x = pose.x - from_.x, y = pose.y - from_.y;
        return {cosine_ * x - sine_ * y + to_.x, sine_ * x + cosine_ * y + to_.y, pose.degrees + degrees_};
    }
    /// Carries a place on b back onto a.
    Point back(const Pose &pose) const {
        const double x = pose.x - to_.x, y = pose.y - to_.y;
        return {cosine_ * x + sine_ * y + from_.x, cosine_ * y - sine_ * x + from_.y};
    }

private:
    Point from_, to_;
    double cosine_ = 1, sine_ = 0;
    int degrees_ = 0;
};

struct Meeting {
    double apart; ///< as Mate's
    std::size_t a, b;
};

/// Every minutia of b that one of a comes near to. b is sorted by x.
void add_meetings(std::vector<Meeting> &meetings, std::size_t index, const Pose &laid, const std::vector<Pose> &b) {
    auto other =
        std::lower_bound(b.begin(), b.end(), laid.x - kReach, [](const Pose &pose, double x) { return pose.x < x; });
    for (; other != b.end() && other->x <= laid.x + kReach; ++other) {
        const double dx = other->x - laid.x, dy = other->y - laid.y, squared = dx * dx + dy * dy;
        const int turn = std::abs((laid.degrees - other->degrees + 900) % 360 - 180);
        if (squared <= kReach * kReach && turn <= kMostTurn) {
            meetings.push_back(
                {squared + kDegreeWeight * turn * turn, index, static_cast<std::size_t>(other - b.begin())});
        }
    }
}

/// One to one, the nearest first.
std::vector<Mate> mate(const std::vector<Pose> &a, const std::vector<Pose> &b, const Motion &motion) {
    std::vector<Meeting> meetings;
    meetings.reserve(2 * a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        add_meetings(meetings, i, motion(a[i]), b);
    }
    std::sort(meetings.begin(), meetings.end(), [](const Meeting &left, const Meeting &right) {
        return left.apart != right.apart ? left.apart < right.apart : left.a < right.a;
    });
    std::vector<char> used_a(a.size()), used_b(b.size());
    std::vector<Mate> mates;
    for (const Meeting &meeting : meetings) {
        if (used_a[meeting.a] == 0 && used_b[meeting.b] == 0) {
            used_a[meeting.a] = used_b[meeting.b] = 1;
            mates.push_back({a[meeting.a], b[meeting.b], 1, meeting.apart});
        }
    }
    return mates;
}

std::vector<Mate> supporters(const Print &a, const Print &b, const Relaxed &relaxed, std::size_t seed) {
    std::vector<Mate> mates;
    for (std::size_t k = 0; k < relaxed.pairs.size(); ++k) {
        const double weight = k == seed ? 1 : relaxed.compatible(seed, k);
        if (weight > kLeastCompatible) {
            mates.push_back({a.centres[relaxed.pairs[k].row], b.centres[relaxed.pairs[k].column], weight});
        }
    }
    return mates;
}

std::vector<std::size_t> seeds(const Relaxed &relaxed) {
    std::vector<std::size_t> order(relaxed.pairs.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    const std::size_t count = std::min(kSeeds, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                      [&](std::size_t left, std::size_t right) {
                          return relaxed.after[left] != relaxed.after[right]
                                     ? relaxed.after[left] > relaxed.after[right]
                                     : left < right;
                      });
    order.resize(count);
    return order;
}

/// Of the minutiae of each print that lie on the other one, those that meet, by how closely they do: strangers' meet by
/// chance, and seldom closely.
double share(const Print &a, const Print &b, const Motion &motion) {
    double met = 0;
    for (const Mate &pair : mate(a.poses, b.poses, motion)) {
        met += std::exp(-pair.apart / (2 * kSpread * kSpread));
    }
    double on_b = kDoubt, on_a = kDoubt;
    for (const Pose &pose : a.poses) {
        const Pose laid = motion(pose);
        on_b += b.hull.near({laid.x, laid.y}, kRim) ? 1 : 0;
    }
    for (const Pose &pose : b.poses) {
        on_a += a.hull.near(motion.back(pose), kRim) ? 1 : 0;
    }
    return met / std::sqrt(on_a * on_b);
}

} // namespace

double aligned_share(const Print &a, const Print &b, const Relaxed &relaxed) {
    double best = 0;
    for (const std::size_t seed : seeds(relaxed)) {
        std::vector<Mate> mates = supporters(a, b, relaxed, seed);
        for (int round = 1; round < kRounds && !mates.empty(); ++round) {
            mates = mate(a.poses, b.poses, Motion(mates));
        }
        if (!mates.empty()) {
            best = std::max(best, share(a, b, Motion(mates)));
        }
    }
    return std::min(best, 1.0);
}

} // namespace xueshi::fingerprint::mcc
