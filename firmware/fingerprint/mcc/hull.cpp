#include "firmware/fingerprint/mcc/hull.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace xueshi::fingerprint::mcc {
namespace {

double cross(Point o, Point a, Point b) {
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

/// Andrew's monotone chain: one half, in the order the points come.
template <typename Iterator>
void half_hull(Iterator begin, const Iterator &end, std::vector<Point> &corners) {
    const std::size_t start = corners.size();
    for (; begin != end; ++begin) {
        while (corners.size() >= start + 2 && cross(corners.end()[-2], corners.end()[-1], *begin) <= 0) {
            corners.pop_back();
        }
        corners.push_back(*begin);
    }
    corners.pop_back(); // it begins the other half
}

double squared_distance_to_edge(Point p, Point a, Point b) {
    const double dx = b.x - a.x, dy = b.y - a.y;
    const double length = dx * dx + dy * dy;
    const double t = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0.0;
    const double ex = a.x + t * dx - p.x, ey = a.y + t * dy - p.y;
    return ex * ex + ey * ey;
}

} // namespace

Hull::Hull(std::vector<Point> points) {
    if (points.size() < 2) {
        corners_ = std::move(points);
        return;
    }
    std::sort(points.begin(), points.end(), [](Point a, Point b) { return std::tie(a.x, a.y) < std::tie(b.x, b.y); });
    half_hull(points.begin(), points.end(), corners_);
    half_hull(points.rbegin(), points.rend(), corners_);
    for (std::size_t i = 0; i < corners_.size(); ++i) {
        const Point a = corners_[i], b = corners_[(i + 1) % corners_.size()];
        const double length = std::hypot(b.x - a.x, b.y - a.y);
        if (length > 0) { // counter-clockwise: outside is to the right
            const double x = (b.y - a.y) / length, y = (a.x - b.x) / length;
            edges_.push_back({x, y, x * a.x + y * a.y});
        }
    }
}

bool Hull::near(Point place, double margin) const {
    return std::all_of(edges_.begin(), edges_.end(),
                       [&](const Edge &edge) { return edge.x * place.x + edge.y * place.y <= edge.away + margin; });
}

bool Hull::within(Point place, double margin) const {
    bool inside = corners_.size() >= 3;
    for (std::size_t i = 0; i < corners_.size(); ++i) {
        const Point a = corners_[i], b = corners_[(i + 1) % corners_.size()];
        if (squared_distance_to_edge(place, a, b) <= margin * margin) {
            return true;
        }
        inside = inside && cross(a, b, place) >= 0;
    }
    return inside;
}

} // namespace xueshi::fingerprint::mcc
