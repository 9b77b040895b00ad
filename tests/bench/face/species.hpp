#pragma once

#include <map>
#include <string>

#include "tests/bench/face/rates.hpp"

namespace xueshi::bench {

/// Presentations of one kind. Those that give no sample are in no error rate, of attacks as of living faces: ISO/IEC
/// 30107-3 counts them by themselves (non-response). Check-in lets nobody in by them.
struct Species {
    Rate error; ///< of those that gave a sample: attacks taken for live, or living faces refused
    Rate no_sample;
};
using Attacks = std::map<std::string, std::map<std::string, Species>>; ///< by the set they are from, then species

/// `apcer_by_species` of each set, and as `apcer` the worst of all (ISO/IEC 30107-3: APCER is one species'), of
/// equally bad ones that of the most presentations; `apcer_species` names it. null of none.
void add_attacks(json::Object &result, const Attacks &attacks);

} // namespace xueshi::bench
