#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "firmware/fingerprint/matcher.hpp"

namespace xueshi::fingerprint {

namespace {

constexpr std::size_t kWorthAThread = 32; // candidates, some milliseconds; starting one costs a tenth of that
constexpr std::size_t kMostThreads = 4;   // a board has four cores, and the camera wants one a little later

using Scores = std::vector<double>;

constexpr std::size_t kTaken = 8; // candidates at once: a core that others use too takes fewer

/// Every candidate's score: whoever has the best may have the second best too, with another finger.
Scores score_all(const Matcher &matcher, const std::vector<MatchCandidate> &candidates, const Template &probe) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t threads =
        std::clamp(candidates.size() / kWorthAThread, std::size_t{1}, std::min(cores, kMostThreads));
    Scores scores(candidates.size());
    std::atomic<std::size_t> next = 0;
    const auto score_some = [&] {
        for (std::size_t from = next.fetch_add(kTaken); from < candidates.size(); from = next.fetch_add(kTaken)) {
            for (std::size_t i = from; i < std::min(from + kTaken, candidates.size()); ++i) {
                scores[i] = matcher.compare(*candidates[i].finger, probe);
            }
        }
    };
    std::vector<std::future<void>> others;
    for (std::size_t i = 1; i < threads; ++i) {
        others.push_back(std::async(std::launch::async, score_some));
    }
    score_some();
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
