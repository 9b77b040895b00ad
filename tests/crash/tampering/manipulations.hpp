#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/crash/tampering/history.hpp"

namespace xueshi::tamper {

/// What verify must say afterwards.
struct Expectation {
    record::Sequence seq = 0;   ///< the first bad one; 0: the file as a whole
    bool needs_receipt = false; ///< a receipt of the whole history shows it, nothing in the file does
};

/// What an insider with the card can do without the signing key. Nothing: this history gives no room for it.
struct Manipulation {
    std::string_view name;
    std::function<std::optional<Expectation>(History &, Random &)> apply;
};
const std::vector<Manipulation> &manipulations();

} // namespace xueshi::tamper
