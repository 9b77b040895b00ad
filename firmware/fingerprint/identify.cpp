#include <algorithm>
#include <map>

#include "firmware/fingerprint/matcher.hpp"

namespace xueshi::fingerprint {

std::optional<MatchResult> identify(const Matcher &matcher, const std::vector<MatchCandidate> &candidates,
                                    const Template &probe) {
    if (candidates.empty()) {
        return std::nullopt;
    }
    std::map<std::size_t, double> best_of; // a person may have several fingers
    for (const MatchCandidate &candidate : candidates) {
        const double score = matcher.compare(*candidate.finger, probe);
        auto [place, first] = best_of.try_emplace(candidate.person, score);
        place->second = std::max(place->second, score);
    }
    MatchResult result{.person = best_of.begin()->first, .score = -1};
    for (const auto &[person, score] : best_of) {
        if (score > result.score) {
            result.second_score = result.score;
            result.person = person;
            result.score = score;
        } else {
            result.second_score = std::max(result.second_score, score);
        }
    }
    return result;
}

} // namespace xueshi::fingerprint
