#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firmware/core/base/json.hpp"
#include "tests/bench/face/looks.hpp"
#include "tests/bench/face/rates.hpp"

namespace xueshi::bench {

/// Usable looks, each with its vector for one system.
using Vectors = std::vector<std::pair<const Look *, face::Embedding>>;
Vectors vectors_of(const std::vector<const Look *> &looks, const System &system);

inline constexpr std::size_t kEnrolled = 5, kGallery = 60;
/// What thresholds are chosen for: of a hundred strangers so many are taken for somebody.
inline constexpr double kFpir = 0.003;

/// What each person would be enrolled with.
using Samples = std::map<std::string, Vectors>;
/// At most five of each person, spread over the pictures in their order.
Samples samples_of(const Vectors &vectors);
/// Of how many there are fewer than five; told under the name.
std::size_t count_short(const std::string &what, const Samples &people);
/// The score with the sample that is most alike.
float best(const Vectors &enrolled, const face::Embedding &probe);

struct Gallery {
    std::vector<std::string> names;
    std::vector<Vectors> samples;
    bool has(const std::string &person) const;
    void add(const std::string &person, const Vectors &enrolled);
};
/// Half of the people, so that the others are strangers: no more than 60, and one at least.
std::size_t gallery_size(std::size_t people);
/// Adds people in an order of chance until there are `size`.
void fill(Gallery &gallery, const Samples &people, std::size_t size, std::mt19937 &random);

/// One probe against a gallery: a frame, or a track whose frames' scores are averaged.
struct Search {
    const Look *probe = nullptr; ///< the first frame
    float own = -1, best_other = -1, second = -1;
    bool mated = false;
    std::size_t gallery = 0; ///< how many people are in it
};
Search search(const Gallery &gallery, const Look &probe, const std::vector<const face::Embedding *> &frames);

struct OpenSet {
    Rate fpir, fnir, wrong;
};
/// At a threshold, and a margin to the second person; of none without a threshold.
OpenSet open_set(const std::vector<Search> &searches, const std::optional<float> &threshold, float margin);
/// The lowest at which at most `fpir` of the strangers are taken for somebody; nothing without strangers.
std::optional<float> threshold_for(const std::vector<Search> &searches, double fpir);
json::Object to_json(const OpenSet &rates);

/// FNIR at FPIR 0.3 % and 1 %, and as shipped, with the galleries' size; printed under the name.
json::Object report(const std::string &what, const std::vector<Search> &all, const face::Pipeline &pipeline);

} // namespace xueshi::bench
