#include "firmware/fingerprint/mcc/cylinder.hpp"

#include <cmath>
#include <numbers>

#include "firmware/fingerprint/mcc/hull.hpp"

namespace xueshi::fingerprint::mcc {
namespace {

// Table 1 of the paper, for N_S = 8.
constexpr double kSpatialDeviation = 28.0 / 3;                     // sigma_S
constexpr double kDirectionalDeviation = 2 * std::numbers::pi / 9; // sigma_D
constexpr double kBitThreshold = 0.005;                            // mu_psi of the bit form
constexpr double kHullMargin = 50;                                 // Omega
constexpr double kLeastValidCells = 0.75;                          // min_VC
constexpr int kLeastContributors = 2;                              // min_M
constexpr double kCell = 2 * kRadius / kSide;                      // delta_S
constexpr double kReach = 3 * kSpatialDeviation;                   // a minutia beyond it adds nothing to a cell

struct Cell {
    std::size_t index;        // bit of the base
    double forward, sideways; // of its centre, in the minutia's own frame
};

std::vector<Cell> cells_of_base() {
    std::vector<Cell> cells;
    for (int i = 0; i < kSide; ++i) {
        for (int j = 0; j < kSide; ++j) {
            const double a = (i - (kSide - 1) / 2.0) * kCell, b = (j - (kSide - 1) / 2.0) * kCell;
            if (a * a + b * b <= kRadius * kRadius) {
                cells.push_back({static_cast<std::size_t>(i * kSide + j), a, b});
            }
        }
    }
    return cells;
}

const std::vector<Cell> &base() {
    static const std::vector<Cell> cells = cells_of_base();
    return cells;
}

int wrap(int degrees) {
    return (degrees % 360 + 360) % 360;
}

/// Directional contribution C_D to each section, by difference of two directions in whole degrees.
using DirectionTable = std::array<std::array<double, kSections>, 360>;

DirectionTable make_direction_table() {
    DirectionTable table;
    const double width = 2 * std::numbers::pi / kSections;
    const double scale = kDirectionalDeviation * std::numbers::sqrt2;
    for (int degrees = 0; degrees < 360; ++degrees) {
        for (int section = 0; section < kSections; ++section) {
            const double centre = -std::numbers::pi + (section + 0.5) * width;
            const double off = std::remainder(centre - degrees * std::numbers::pi / 180, 2 * std::numbers::pi);
            table[static_cast<std::size_t>(degrees)][static_cast<std::size_t>(section)] =
                0.5 * (std::erf((off + width / 2) / scale) - std::erf((off - width / 2) / scale));
        }
    }
    return table;
}

const DirectionTable &direction_table() {
    static const DirectionTable table = make_direction_table();
    return table;
}

/// Spatial contribution C_S by squared distance in steps of half a square pixel: exponentials were most of the work.
constexpr int kSpatialSteps = 2;

std::vector<double> make_spatial_table() {
    std::vector<double> table;
    const double height = 1 / (kSpatialDeviation * std::sqrt(2 * std::numbers::pi));
    for (int i = 0; i <= kReach * kReach * kSpatialSteps; ++i) {
        const double squared = (i + 0.5) / kSpatialSteps;
        table.push_back(height * std::exp(-squared / (2 * kSpatialDeviation * kSpatialDeviation)));
    }
    return table;
}

double spatial_contribution(double squared_distance) {
    static const std::vector<double> table = make_spatial_table();
    return table[static_cast<std::size_t>(squared_distance * kSpatialSteps)];
}

void set_bit(BaseBits &bits, std::size_t index) {
    bits |= BaseBits{1} << index;
}

/// The other minutiae that can reach any cell of this one.
std::vector<Pose> neighbours(const std::vector<Pose> &poses, std::size_t self) {
    std::vector<Pose> found;
    for (std::size_t i = 0; i < poses.size(); ++i) {
        const double dx = poses[i].x - poses[self].x, dy = poses[i].y - poses[self].y;
        if (i != self && dx * dx + dy * dy <= (kRadius + kReach) * (kRadius + kReach)) {
            found.push_back(poses[i]);
        }
    }
    return found;
}

void fill_cell(Cylinder &cylinder, const Cell &cell, Point centre, const std::vector<Pose> &around) {
    std::array<double, kSections> sum{};
    for (const Pose &other : around) {
        const double dx = other.x - centre.x, dy = other.y - centre.y;
        if (dx * dx + dy * dy > kReach * kReach) {
            continue;
        }
        const double spatial = spatial_contribution(dx * dx + dy * dy);
        const auto &directional =
            direction_table()[static_cast<std::size_t>(wrap(cylinder.pose.degrees - other.degrees))];
        for (std::size_t section = 0; section < kSections; ++section) {
            sum[section] += spatial * directional[section];
        }
    }
    for (std::size_t section = 0; section < kSections; ++section) {
        if (sum[section] >= kBitThreshold) {
            set_bit(cylinder.cells[section], cell.index);
        }
    }
}

Cylinder make_cylinder(const Pose &pose, const std::vector<Pose> &around, const Hull &hull) {
    Cylinder cylinder{.pose = pose};
    const double radians = pose.degrees * std::numbers::pi / 180;
    const double cosine = std::cos(radians), sine = std::sin(radians);
    for (const Cell &cell : base()) {
        const Point centre{pose.x + cosine * cell.forward - sine * cell.sideways,
                           pose.y + sine * cell.forward + cosine * cell.sideways};
        if (hull.within(centre, kHullMargin)) {
            set_bit(cylinder.valid, cell.index);
            ++cylinder.valid_count;
            fill_cell(cylinder, cell, centre, around);
        }
    }
    return cylinder;
}

} // namespace

int cells_in_circle() {
    return static_cast<int>(base().size());
}

std::vector<Cylinder> make_cylinders(const Impression &impression) {
    std::vector<Pose> poses;
    std::vector<Point> points;
    for (const Minutia &minutia : impression) {
        poses.push_back({static_cast<double>(minutia.x), static_cast<double>(minutia.y), wrap(minutia.angle)});
        points.push_back({poses.back().x, poses.back().y});
    }
    const Hull hull(points);
    std::vector<Cylinder> cylinders;
    for (std::size_t i = 0; i < poses.size(); ++i) {
        const std::vector<Pose> around = neighbours(poses, i);
        if (static_cast<int>(around.size()) < kLeastContributors) {
            continue;
        }
        Cylinder cylinder = make_cylinder(poses[i], around, hull);
        if (cylinder.valid_count >= kLeastValidCells * cells_in_circle()) {
            cylinders.push_back(cylinder);
        }
    }
    return cylinders;
}

} // namespace xueshi::fingerprint::mcc
