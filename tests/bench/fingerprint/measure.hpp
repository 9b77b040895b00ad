#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "firmware/fingerprint/matcher.hpp"

namespace xueshi::bench {

/// One impression of a set; fingers are told apart by set and number.
struct Sample {
    std::string set;
    int finger = 0, number = 0;
    fingerprint::Impression impression;
};

/// Scores of one impression against one, each sorted; ISO/IEC 19795-1 rates as shares.
struct Verification {
    std::vector<double> genuine{}, impostor{};
    std::size_t rej_enroll = 0; ///< pictures that the reader did not take
    std::size_t rej_ngra = 0;   ///< genuine attempts with one of them, which score 0
    std::size_t rej_nira = 0;   ///< impostor attempts with one of them, which score 0
    /// As FVC defines it: the middle of the interval in which both rates cross. 1 where either has no scores.
    double eer() const;
    /// FNMR at the lowest threshold whose FMR is not over `fmr` (FMR100: 0.01; zeroFMR: 0).
    double fnmr_at_fmr(double fmr) const;
    double fnmr(double threshold) const;
    double fmr(double threshold) const;
};
/// Which fingers are compared with others.
enum class Impostors {
    first_impressions, ///< FVC: of two fingers the first impressions that the set has
    every_impression,
};
/// Within each set; genuine attempts are all pairs of a finger's impressions, each pair once. A rejected picture takes
/// part as FVC2002's "ghost template" does: it matches nothing (Maio et al., ICPR 2002), so that it adds to FNMR.
/// `score(i, j)` of two samples' indices, i < j.
Verification verify_one_to_one(const std::vector<Sample> &samples, const std::vector<Sample> &rejected,
                               Impostors impostors, const std::function<double(std::size_t, std::size_t)> &score);

/// The first five impressions of each finger that are there, whatever their numbers: they are enrolled, the others are
/// probes.
std::vector<bool> enrolled(const std::vector<Sample> &samples);

/// A probe against everybody enrolled.
struct Probe {
    std::string set;
    int finger = 0, number = 0;
    double own = -1;                                           ///< best impression of the own finger
    double stranger = -1, next = -1;                           ///< best and second of the other fingers
    std::map<std::pair<std::string, int>, double> strangers{}; ///< each other finger's, by set and number
};
std::vector<Probe> identify_one_to_many(const fingerprint::Matcher &matcher, const std::vector<Sample> &samples);

/// Counts at a threshold and a margin.
struct Identification {
    std::size_t probes = 0;
    std::size_t strangers = 0;    ///< probes that others are enrolled beside
    std::size_t refused = 0;      ///< own finger enrolled, and not accepted as it
    std::size_t as_another = 0;   ///< of them: accepted as another
    std::size_t strangers_in = 0; ///< own finger taken out, and accepted as anybody
    double highest_stranger = 0;
};
Identification count(const std::vector<Probe> &probes, double threshold, double margin);

/// Each finger in turn is left out, as a probe and as a template; the threshold is set `guard` over the highest
/// stranger among what is left, as the shipped one was over all, and the finger left out is judged by it: what a
/// threshold chosen in this way does to a finger it has not seen. A finger without which there are no strangers is not
/// judged. Counted are the probes of the sets whose name begins
/// with `sets`.
Identification leave_one_finger_out(const std::vector<Probe> &probes, double margin, double guard,
                                    const std::string &sets);

/// 95 % interval of a share (Clopper and Pearson, Biometrika 26(4), 1934).
struct Interval {
    double low = 0, high = 1;
};
Interval interval(std::size_t hits, std::size_t of);

} // namespace xueshi::bench
