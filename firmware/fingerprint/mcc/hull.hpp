#pragma once

#include <vector>

namespace xueshi::fingerprint::mcc {

struct Point {
    double x = 0, y = 0;
};

/// The convex hull of some points, for "is this place within `margin` of the print?".
class Hull {
public:
    explicit Hull(std::vector<Point> points);
    bool within(Point place, double margin) const;
    /// Much the same, many times faster: the margin's corners are pointed instead of round.
    bool near(Point place, double margin) const;

private:
    struct Edge {
        double x, y, away; ///< unit normal to the outside, and the edge's distance along it
    };
    std::vector<Point> corners_; ///< all edges turn the same way
    std::vector<Edge> edges_;
};

} // namespace xueshi::fingerprint::mcc
