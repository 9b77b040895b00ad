#pragma once

#include <string>

#include "tests/bench/face/open_set.hpp"

namespace xueshi::bench {

/// Pictures that stand for the portrait of an identity document, and whom they are compared with.
struct Portraits {
    Samples enrolled;
    Vectors own;      ///< of people who are enrolled, none of the pictures that they are enrolled with
    Vectors anybodys; ///< compared with everybody but their own person
};
/// One picture each: of people who have more than are enrolled, the first of the others is the portrait; the rest are
/// not enrolled, and their first picture is a stranger's.
Portraits portraits_of(const Vectors &vectors);

struct PortraitRates {
    Rate fnmr; ///< own portraits that are refused
    Rate fmr;  ///< others' portraits that pass, of all comparisons
};
/// As enrolment_binding.cpp compares: the enrolled sample most like the portrait, against the threshold.
PortraitRates compare(const Portraits &portraits, float threshold);

/// Into `portrait_fnmr` and `portrait_fmr`, each with its interval; printed under the name.
void report_portraits(const std::string &set, const PortraitRates &rates, json::Object &figures);

} // namespace xueshi::bench
