#include "tests/bench/fingerprint/measure.hpp"

#include <algorithm>
#include <map>

namespace xueshi::bench {
namespace {

using fingerprint::Template;
constexpr int kEnrolled = 5;

bool same_finger(const Sample &a, const Sample &b) {
    return a.set == b.set && a.finger == b.finger;
}

double share_below(const std::vector<double> &sorted, double threshold) {
    const auto below = std::lower_bound(sorted.begin(), sorted.end(), threshold) - sorted.begin();
    return sorted.empty() ? 0 : static_cast<double>(below) / static_cast<double>(sorted.size());
}

/// Where both error rates meet, looked for at each score that occurred.
double equal_error_rate(const std::vector<double> &genuine, const std::vector<double> &impostor) {
    double best = 1;
    for (const auto *scores : {&genuine, &impostor}) {
        for (const double threshold : *scores) {
            best = std::min(best, std::max(share_below(genuine, threshold), 1 - share_below(impostor, threshold)));
        }
    }
    return best;
}

} // namespace

Verification verify_one_to_one(const fingerprint::Matcher &matcher, const std::vector<Sample> &samples) {
    std::vector<std::shared_ptr<const Template>> prepared;
    for (const Sample &sample : samples) {
        prepared.push_back(*matcher.prepare({sample.impression}));
    }
    std::vector<double> genuine, impostor;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        for (std::size_t j = i + 1; j < samples.size(); ++j) {
            if (samples[i].set == samples[j].set) {
                auto &scores = same_finger(samples[i], samples[j]) ? genuine : impostor;
                scores.push_back(matcher.compare(*prepared[i], *prepared[j]));
            }
        }
    }
    std::sort(genuine.begin(), genuine.end());
    std::sort(impostor.begin(), impostor.end());
    return {.genuine = genuine.size(),
            .impostor = impostor.size(),
            .eer = equal_error_rate(genuine, impostor),
            .fnmr = share_below(genuine, matcher.threshold()),
            .fmr = 1 - share_below(impostor, matcher.threshold()),
            .highest_impostor = impostor.empty() ? 0 : impostor.back()};
}

Identification identify_one_to_many(const fingerprint::Matcher &matcher, const std::vector<Sample> &samples) {
    std::map<std::pair<std::string, int>, std::vector<fingerprint::Impression>> impressions;
    for (const Sample &sample : samples) {
        if (sample.number <= kEnrolled) {
            impressions[{sample.set, sample.finger}].push_back(sample.impression);
        }
    }
    std::vector<fingerprint::MatchCandidate> everybody;
    std::map<std::pair<std::string, int>, std::size_t> person_of;
    for (const auto &[finger, own] : impressions) {
        person_of[finger] = everybody.size();
        everybody.push_back({everybody.size(), *matcher.prepare(own)});
    }
    const auto accepted = [&](const fingerprint::MatchResult &result) {
        return result.score >= matcher.threshold() && result.score - result.second_score >= matcher.margin();
    };
    Identification measured{.enrolled = everybody.size()};
    for (const Sample &sample : samples) {
        const auto person = person_of.find({sample.set, sample.finger});
        if (sample.number <= kEnrolled || person == person_of.end()) {
            continue;
        }
        ++measured.probes;
        const auto probe = *matcher.prepare({sample.impression});
        const auto known = *fingerprint::identify(matcher, everybody, *probe);
        measured.refused += accepted(known) ? 0 : 1;
        measured.as_another += accepted(known) && known.person != person->second ? 1 : 0;
        std::vector<fingerprint::MatchCandidate> others = everybody;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(person->second));
        if (const auto stranger = fingerprint::identify(matcher, others, *probe)) {
            measured.strangers_in += accepted(*stranger) ? 1 : 0;
            measured.highest_stranger = std::max(measured.highest_stranger, stranger->score);
        }
    }
    return measured;
}

} // namespace xueshi::bench
