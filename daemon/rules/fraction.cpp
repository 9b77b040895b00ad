#include "daemon/rules/fraction.hpp"

#include <cassert>
#include <numeric>

namespace xueshi::rules {

Fraction Fraction::of(std::int64_t numerator, std::int64_t denominator) {
    assert(denominator > 0);
    const auto divisor = std::gcd(numerator, denominator);
    return {numerator / divisor, denominator / divisor};
}

bool less(const Fraction &a, const Fraction &b) {
    // Numerators and denominators are counts of class hours (at most millions), so the products fit.
    return a.numerator * b.denominator < b.numerator * a.denominator;
}

std::string to_string(const Fraction &f) {
    const auto numerator = std::to_string(f.numerator);
    return f.denominator == 1 ? numerator : numerator + "/" + std::to_string(f.denominator);
}

} // namespace xueshi::rules
