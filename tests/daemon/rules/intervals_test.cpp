#include <doctest/doctest.h>

#include "daemon/rules/intervals.hpp"

using namespace xueshi::rules;
using List = std::vector<Interval>;

TEST_CASE("rules: intervals are sorted, merged where they touch, and lose what is empty") {
    CHECK(Intervals({{5, 7}, {1, 3}, {3, 4}, {9, 9}, {8, 2}}).list() == List{{1, 4}, {5, 7}});
    CHECK(Intervals({{1, 10}, {2, 3}}).length_ms() == 9);
}

TEST_CASE("rules: intervals are united, intersected and subtracted") {
    const Intervals a({{0, 10}, {20, 30}}), b({{5, 25}});
    CHECK(united(a, b).list() == List{{0, 30}});
    CHECK(common(a, b).list() == List{{5, 10}, {20, 25}});
    CHECK(without(a, b).list() == List{{0, 5}, {25, 30}});
    CHECK(without(b, a).list() == List{{10, 20}});
    CHECK(without(a, Intervals({{1, 2}, {4, 6}, {29, 40}})).list() == List{{0, 1}, {2, 4}, {6, 10}, {20, 29}});
    CHECK(without(a, {}) == a);
    CHECK(common(a, {}).empty());
}
