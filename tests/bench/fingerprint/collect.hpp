#pragma once

#include "firmware/fingerprint/virtual/picture.hpp"
#include "tests/bench/fingerprint/measure.hpp"

namespace xueshi::bench {

struct Collected {
    std::vector<Sample> samples;
    std::vector<fingerprint::Picture> pictures_of_samples; ///< beside the samples
    std::vector<Sample> rejected;                          ///< the reader asked again: no impression
    std::size_t pictures() const { return samples.size() + rejected.size(); }
};

/// Every picture goes through libfprint's virtual reader, as a real one's would. `folders` hold
/// <finger>_<impression>.png; error: names the folder or file that is none of this form. `synthetic` is a number of
/// made-up fingers, from person `first_seed` on, with eight impressions each.
Expected<Collected> collect(const std::vector<std::string> &folders, int synthetic, std::uint64_t first_seed);

/// Takes out a finger, "set/finger". Error: names what is no finger of these.
Expected<void> leave_out(Collected &collected, const std::string &finger);

} // namespace xueshi::bench
