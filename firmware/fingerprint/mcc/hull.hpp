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

private:
    std::vector<Point> corners_; ///< all edges turn the same way
};

} // namespace xueshi::fingerprint::mcc
