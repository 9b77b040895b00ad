#pragma once

#include "tests/bench/fingerprint/collect.hpp"

namespace xueshi::bench {

/// libfprint's own matcher says only yes or no, at this score.
inline constexpr double kBozorth3Threshold = 40;

/// What bozorth3 makes of every pair of impressions within a set, by the samples' indices.
class Bozorth3Scores {
public:
    /// Every picture is scanned again by libfprint's virtual reader, which identifies it among the earlier ones; the
    /// scores come from libfprint's debug messages, as it has no other way to tell them. Some minutes for 320 pictures.
    static Expected<Bozorth3Scores> measure(const Collected &collected);

    double operator()(std::size_t i, std::size_t j) const { return scores_[std::max(i, j)][std::min(i, j)]; }

private:
    std::vector<std::vector<double>> scores_;
};

/// The same trial as identify_one_to_many.
std::vector<Probe> identify_one_to_many(const Bozorth3Scores &scores, const std::vector<Sample> &samples);

} // namespace xueshi::bench
