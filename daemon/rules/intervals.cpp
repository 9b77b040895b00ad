#include "daemon/rules/intervals.hpp"

#include <algorithm>

namespace xueshi::rules {

Intervals::Intervals(std::vector<Interval> intervals) {
    std::erase_if(intervals, [](const Interval &i) { return i.end_ms <= i.start_ms; });
    std::ranges::sort(intervals, {}, &Interval::start_ms);
    for (const auto &interval : intervals) {
        if (!list_.empty() && interval.start_ms <= list_.back().end_ms) {
            list_.back().end_ms = std::max(list_.back().end_ms, interval.end_ms);
        } else {
            list_.push_back(interval);
        }
    }
}

std::int64_t Intervals::length_ms() const {
    std::int64_t length = 0;
    for (const auto &interval : list_) {
        length += interval.end_ms - interval.start_ms;
    }
    return length;
}

Intervals united(const Intervals &a, const Intervals &b) {
    auto all = a.list_;
    all.insert(all.end(), b.list_.begin(), b.list_.end());
    return Intervals(std::move(all));
}

Intervals common(const Intervals &a, const Intervals &b) {
    Intervals result;
    for (auto i = a.list_.begin(), j = b.list_.begin(); i != a.list_.end() && j != b.list_.end();) {
        const Interval both{std::max(i->start_ms, j->start_ms), std::min(i->end_ms, j->end_ms)};
        if (both.start_ms < both.end_ms) {
            result.list_.push_back(both);
        }
        i->end_ms < j->end_ms ? ++i : ++j;
    }
    return result;
}

Intervals without(const Intervals &a, const Intervals &b) {
    Intervals result;
    auto cut = b.list_.begin();
    for (const auto &interval : a.list_) {
        auto from = interval.start_ms;
        while (cut != b.list_.end() && cut->end_ms <= from) {
            ++cut;
        }
        for (auto next = cut; next != b.list_.end() && next->start_ms < interval.end_ms; ++next) {
            if (from < next->start_ms) {
                result.list_.push_back({from, next->start_ms});
            }
            from = next->end_ms;
        }
        if (from < interval.end_ms) {
            result.list_.push_back({from, interval.end_ms});
        }
    }
    return result;
}

} // namespace xueshi::rules
