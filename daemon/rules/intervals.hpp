#pragma once

#include <cstdint>
#include <vector>

namespace xueshi::rules {

/// [start, end) in milliseconds.
struct Interval {
    std::int64_t start_ms = 0, end_ms = 0;
    bool operator==(const Interval &) const = default;
};

/// A set of moments: intervals in order, none empty, none touching.
class Intervals {
public:
    Intervals() = default;
    /// Any intervals, empty and reversed ones ignored.
    explicit Intervals(std::vector<Interval> intervals);

    const std::vector<Interval> &list() const { return list_; }
    bool empty() const { return list_.empty(); }
    std::int64_t length_ms() const;
    bool operator==(const Intervals &) const = default;

    friend Intervals united(const Intervals &a, const Intervals &b);
    friend Intervals common(const Intervals &a, const Intervals &b);
    friend Intervals without(const Intervals &a, const Intervals &b);

private:
    std::vector<Interval> list_;
};
Intervals united(const Intervals &a, const Intervals &b);
Intervals common(const Intervals &a, const Intervals &b);
Intervals without(const Intervals &a, const Intervals &b); ///< a less b

} // namespace xueshi::rules
