#include "firmware/fingerprint/mcc/print.hpp"

#include <algorithm>
#include <tuple>

namespace xueshi::fingerprint::mcc {
namespace {

std::vector<Pose> poses_by_x(const Impression &impression) {
    std::vector<Pose> poses;
    poses.reserve(impression.size());
    for (const Minutia &minutia : impression) {
        poses.push_back({static_cast<double>(minutia.x), static_cast<double>(minutia.y), minutia.angle});
    }
    std::sort(poses.begin(), poses.end(),
              [](const Pose &a, const Pose &b) { return std::tie(a.x, a.y) < std::tie(b.x, b.y); });
    return poses;
}

std::vector<Point> places(const std::vector<Pose> &poses) {
    std::vector<Point> points;
    points.reserve(poses.size());
    for (const Pose &pose : poses) {
        points.push_back({pose.x, pose.y});
    }
    return points;
}

} // namespace

Print::Print(const Impression &impression) : Print(impression, make_cylinders(impression)) {}

Print::Print(const Impression &impression, const std::vector<Cylinder> &made)
    : cylinders(by_direction(made)), poses(poses_by_x(impression)), hull(places(poses)) {
    centres.reserve(made.size());
    for (const Cylinder &cylinder : made) {
        centres.push_back(cylinder.pose);
    }
}

} // namespace xueshi::fingerprint::mcc
