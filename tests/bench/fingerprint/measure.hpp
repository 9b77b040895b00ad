#pragma once

#include <string>
#include <vector>

#include "firmware/fingerprint/matcher.hpp"

namespace xueshi::bench {

/// One impression of a set; fingers are told apart by set and number.
struct Sample {
    std::string set;
    int finger = 0, number = 0;
    fingerprint::Impression impression;
};

/// ISO/IEC 19795-1 rates, as shares.
struct Verification {
    std::size_t genuine = 0, impostor = 0; ///< comparisons
    double eer = 0, fnmr = 0, fmr = 0;     ///< the last two at the shipped threshold
    double highest_impostor = 0;
};
/// One impression against one: all pairs of a finger; all pairs of different fingers of the same set.
Verification verify_one_to_one(const fingerprint::Matcher &matcher, const std::vector<Sample> &samples);

struct Identification {
    std::size_t enrolled = 0, probes = 0;
    std::size_t refused = 0;      ///< own finger enrolled, and not accepted as it
    std::size_t as_another = 0;   ///< own finger enrolled, and accepted as another: worse
    std::size_t strangers_in = 0; ///< own finger taken out, and accepted as anybody
    double highest_stranger = 0;
    double fnir() const {
        return probes == 0 ? 0 : static_cast<double>(refused + as_another) / static_cast<double>(probes);
    }
    double fpir() const { return probes == 0 ? 0 : static_cast<double>(strangers_in) / static_cast<double>(probes); }
};
/// Numbers 1 to 5 of each finger are enrolled, the others are probes; threshold and margin as shipped.
Identification identify_one_to_many(const fingerprint::Matcher &matcher, const std::vector<Sample> &samples);

} // namespace xueshi::bench
