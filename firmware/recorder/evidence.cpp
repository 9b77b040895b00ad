#include "firmware/recorder/evidence.hpp"

#include <algorithm>
#include <iterator>

namespace xueshi::recorder {
namespace {

/// Milliseconds of [from, until) that lie in the intervals.
template <typename Intervals>
std::int64_t overlap(const Intervals &intervals, std::int64_t from_ms, std::int64_t until_ms) {
    std::int64_t sum = 0;
    for (const auto &[begin, end] : intervals) {
        sum += std::max<std::int64_t>(0, std::min(end, until_ms) - std::max(begin, from_ms));
    }
    return sum;
}

} // namespace

void Evidence::add(Intervals &intervals, std::int64_t from_ms, std::int64_t until_ms) {
    if (until_ms <= from_ms) {
        return;
    }
    auto next = intervals.upper_bound(from_ms);
    if (next != intervals.begin() && std::prev(next)->second >= from_ms) {
        --next;
    }
    while (next != intervals.end() && next->first <= until_ms) { // swallowed
        from_ms = std::min(from_ms, next->first);
        until_ms = std::max(until_ms, next->second);
        next = intervals.erase(next);
    }
    intervals.emplace(from_ms, until_ms);
}

void Evidence::forget(Intervals &intervals, std::int64_t wall_ms) {
    std::erase_if(intervals, [&](const auto &interval) { return interval.second < wall_ms; });
}

void Evidence::recorded(std::int64_t from_ms, std::int64_t until_ms) {
    const std::lock_guard lock(mutex_);
    add(recorded_, from_ms, until_ms);
}

void Evidence::faulty(std::int64_t from_ms, std::int64_t until_ms) {
    const std::lock_guard lock(mutex_);
    add(faulty_, from_ms, until_ms);
}

Evidence::Amount Evidence::between(std::int64_t from_ms, std::int64_t until_ms) const {
    const std::lock_guard lock(mutex_);
    Amount amount;
    for (const auto &[begin, end] : recorded_) {
        const auto first = std::max(begin, from_ms), last = std::min(end, until_ms);
        if (first < last) {
            amount.recorded_ms += last - first;
            amount.usable_ms += last - first - overlap(faulty_, first, last);
        }
    }
    return amount;
}

void Evidence::forget_before(std::int64_t wall_ms) {
    const std::lock_guard lock(mutex_);
    forget(recorded_, wall_ms);
    forget(faulty_, wall_ms);
}

} // namespace xueshi::recorder
