#include <doctest/doctest.h>

#include "daemon/rules/fraction.hpp"

using namespace xueshi::rules;

TEST_CASE("rules: fractions are kept in lowest terms and compared exactly") {
    CHECK(Fraction::of(70, 100) == Fraction{7, 10});
    CHECK(Fraction::of(0, 99) == Fraction{0, 1});
    CHECK(less(Fraction::of(69, 99), Fraction::of(7, 10)));
    CHECK_FALSE(less(Fraction::of(7, 10), Fraction::of(14, 20)));
    CHECK(less(Fraction::of(89, 99), Fraction::of(9, 10)));
}

TEST_CASE("rules: fractions are written as people write them") {
    CHECK(to_string(Fraction::of(7, 10)) == "7/10");
    CHECK(to_string(Fraction::of(10, 10)) == "1");
    CHECK(to_string(Fraction{}) == "0");
}
