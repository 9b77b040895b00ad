#include <algorithm>
#include <future>
#include <map>
#include <thread>

#include "firmware/fingerprint/matcher.hpp"

namespace xueshi::fingerprint {

namespace {

constexpr std::size_t kWorthAThread = 32; // candidates, some milliseconds; starting one costs a tenth of that
constexpr std::size_t kMostThreads = 4;   // a board has four cores, and the camera wants one a little later

using Scores = std::vector<double>;

void score(const Matcher &matcher, const std::vector<MatchCandidate> &candidates, const Template &probe,
           std::size_t from, std::size_t until, Scores &scores) {
    for (std::size_t i = from; i < until; ++i) {
        scores[i] = matcher.compare(*candidates[i].finger, probe);
    }
}

/// Every candidate's score: whoever has the best may have the second best too, with another finger.
Scores score_all(const Matcher &matcher, const std::vector<MatchCandidate> &candidates, const Template &probe) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads =
        std::clamp(candidates.size() / kWorthAThread, std::size_t{1}, std::min(cores, kMostThreads));
    Scores scores(candidates.size());
    std::vector<std::future<void>> others;
    for (std::size_t i = 1; i < threads; ++i) {
        others.push_back(std::async(std::launch::async, [&, i] {
            score(matcher, candidates, probe, candidates.size() * i / threads, candidates.size() * (i + 1) / threads,
                  scores);
        }));
    }
    score(matcher, candidates, probe, 0, candidates.size() / threads, scores);
    for (auto &other : others) {
        other.get();
    }
    return scores;
}

} // namespace

std::optional<MatchResult> identify(const Matcher &matcher, const std::vector<MatchCandidate> &candidates,
                                    const Template &probe) {
    if (candidates.empty()) {
        return std::nullopt;
    }
    std::map<std::size_t, double> best_of; // a person may have several fingers
    const Scores scores = score_all(matcher, candidates, probe);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const auto place = best_of.try_emplace(candidates[i].person, scores[i]).first;
        place->second = std::max(place->second, scores[i]);
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
