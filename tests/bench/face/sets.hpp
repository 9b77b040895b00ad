#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "firmware/core/base/json.hpp"
#include "tests/bench/face/looks.hpp"
#include "tests/bench/face/pairs.hpp"
#include "tests/bench/face/rates.hpp"

namespace xueshi::bench {

// Each set's figures, printed and as JSON; of a set that was not asked for, its headline figures are null. Sets are
// described in README.md. A picture that is missing or cannot be read is named and counted; a set without its pairs
// file or with no readable picture is an error that names the file or folder.

/// The threshold that a half of a set's people asks for: it is judged on the other half, and on NUAA.
struct Chosen {
    std::string system, by;
    std::optional<float> threshold;
};

struct Lfw {
    struct Pair {
        std::string fold, left, right;
        bool same;
    };
    std::vector<Pair> pairs;
    std::map<std::string, Look> looks; ///< by path below images/
    std::size_t missing = 0;
    std::set<std::string> reporting; ///< the half of the people that thresholds were not chosen on
    bool reports(const std::string &person) const { return reporting.contains(person); }
};
/// The pictures that the pairs name, and of the folder those of people who can be enrolled and probed.
Expected<Lfw> look_at_lfw(Looker &looker, const std::filesystem::path &folder, const std::string &pairs);
json::Object measure_lfw(const Lfw &lfw, const Looker &looker, std::vector<Chosen> &chosen);

struct Nuaa {
    std::vector<Look> live, masked, backlit; ///< on frames, embedded
    std::vector<Look> live_crops, prints;    ///< as they are, for liveness
};
Expected<Nuaa> look_at_nuaa(Looker &looker, const std::filesystem::path &folder);
/// `chosen`: on people of other sets.
json::Object measure_nuaa(const Nuaa &nuaa, const Lfw &lfw, const Looker &looker, const std::vector<Chosen> &chosen);

struct Photos {
    std::vector<LabelledLine> pairs;
    std::map<std::string, Look> looks; ///< by file name
};
Expected<Photos> look_at_photos(Looker &looker, const std::filesystem::path &folder, const std::string &pairs);
json::Object measure_photos(const Photos &photos, const Looker &looker, std::vector<Chosen> &chosen);

/// Pictures by species, and "live".
using Spoof = std::map<std::string, std::vector<Look>>;
Expected<Spoof> look_at_spoof(Looker &looker, const std::filesystem::path &folder);

/// APCER per species and BPCER at the shipped threshold, of frames and of tracks.
json::Object measure_pad(const Looker &looker, const Nuaa &nuaa, const Spoof &spoof);

} // namespace xueshi::bench
