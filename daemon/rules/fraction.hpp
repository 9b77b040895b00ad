#pragma once

#include <cstdint>
#include <string>

namespace xueshi::rules {

/// A fraction in lowest terms; denominator > 0.
struct Fraction {
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;
    /// `denominator` must be > 0.
    static Fraction of(std::int64_t numerator, std::int64_t denominator);
    bool operator==(const Fraction &) const = default;
};
bool less(const Fraction &a, const Fraction &b); ///< a < b, exact
std::string to_string(const Fraction &f);        ///< "7/10", "1", "0"

} // namespace xueshi::rules
