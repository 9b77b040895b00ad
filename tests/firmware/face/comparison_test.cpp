#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "firmware/face/search.hpp"

namespace xueshi::face {

namespace {

float product(const Embedding &a, const Embedding &b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

} // namespace

TEST_CASE("comparison: the score is the networks' cosines, each divided by its spread, added") {
    const double spread[] = {0.035, 0.1};
    const Comparison comparison({{2, 1 / spread[0], {}}, {3, 1 / spread[1], {}}});
    CHECK(comparison.dimension() == 5);
    const Embedding first{1, 0, 0, 1, 0};
    const Embedding second{0.8F, 0.6F, 0, 0.6F, 0.8F};
    const double whole = 1 / spread[0] + 1 / spread[1];
    CHECK(comparison.score(first, second) == doctest::Approx((0.8 / spread[0] + 0.6 / spread[1]) / whole));
    CHECK(comparison.score(first, first) == doctest::Approx(1));
}

TEST_CASE("comparison: a template stays valid when the centre moves") {
    const Embedding kept{0.8F, 0.6F};
    const Embedding probe{0.6F, 0.8F};
    const Comparison old_centre({{2, 1, {0.1F, 0.1F}}});
    const Comparison new_centre({{2, 1, {0.5F, 0.5F}}});
    CHECK(old_centre.score(kept, kept) == doctest::Approx(1));
    CHECK(new_centre.score(kept, kept) == doctest::Approx(1));
    // Nearer to the centre two faces look less alike.
    CHECK(new_centre.score(kept, probe) < old_centre.score(kept, probe));
    CHECK(product(*new_centre.prepare(kept), *new_centre.prepare(probe)) ==
          doctest::Approx(new_centre.score(kept, probe)));
}

TEST_CASE("F28: a template of another length or without direction is refused, not compared") {
    const Comparison comparison({{2, 1, {0.6F, 0.8F}}});
    CHECK(comparison.prepare(Embedding{1, 0, 0}).error().code == ErrorCode::invalid_argument);
    CHECK(comparison.prepare(Embedding{0.6F, 0.8F}).error().code == ErrorCode::corrupt);
    CHECK(comparison.prepare(Embedding{std::nanf(""), 1}).error().code == ErrorCode::corrupt);
    CHECK(comparison.score({1, 0}, {1, 0, 0}) == -1);
    CHECK(Comparison().score({1, 0}, {0, 1}) == doctest::Approx(0));
    CHECK(Comparison().score({}, {}) == -1);
}

} // namespace xueshi::face
