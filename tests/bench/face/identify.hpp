#pragma once

#include <cstddef>
#include <vector>

#include "tests/bench/face/collect.hpp"

namespace xueshi::bench {

/// One probe against one gallery.
struct Trial {
    bool enrolled_from_stills = false; ///< LFW: one photograph enrolled, others of other days probed
    float own = -1;                    ///< score of the right person; -1: not enrolled
    float best_other = -1, second_other = -1;
};

/// Open-set trials: galleries of `size` persons drawn `rounds` times out of `samples`, each enrolled from five frames
/// of the first session (NUAA) or from one photograph (LFW); probes are all that was not enrolled.
std::vector<Trial> open_set_trials(const std::vector<Sample> &samples, std::size_t size, int rounds);

struct Rates {
    double fnir = 0;        ///< enrolled, but not recognised as himself
    double fnir_stills = 0; ///< the same, enrolled from one old photograph
    double fpir = 0;        ///< a stranger (or an enrolled person, his own templates taken out) taken for somebody
    double wrong = 0;       ///< enrolled, but taken for another
    std::size_t mated = 0, strangers = 0;
};
/// ISO/IEC 19795-1 rates of one frame with threshold and margin.
Rates rates(const std::vector<Trial> &trials, float threshold, float margin);

/// The lowest threshold, in steps of 0.001, whose FPIR is at most `target`.
float calibrate(const std::vector<Trial> &trials, float margin, double target);

} // namespace xueshi::bench
