#include "tests/bench/fingerprint/measure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace xueshi::bench {
namespace {

using fingerprint::Template;
constexpr std::size_t kEnrolled = 5;

using Finger = std::pair<std::string, int>;

double share_below(const std::vector<double> &sorted, double threshold) {
    const auto below = std::lower_bound(sorted.begin(), sorted.end(), threshold) - sorted.begin();
    return sorted.empty() ? 0 : static_cast<double>(below) / static_cast<double>(sorted.size());
}

/// P(X <= hits) of a binomial distribution.
double binomial_cdf(std::size_t hits, std::size_t of, double share) {
    if (share <= 0 || share >= 1) {
        return share <= 0 || hits >= of ? 1 : 0;
    }
    double sum = 0;
    const double n = static_cast<double>(of);
    for (std::size_t i = 0; i <= hits; ++i) {
        const double k = static_cast<double>(i);
        sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(share) +
                        (n - k) * std::log1p(-share));
    }
    return sum;
}

/// The share at which the falling `cdf` passes `wanted`.
double solve(const std::function<double(double)> &cdf, double wanted) {
    double low = 0, high = 1;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (cdf(middle) > wanted ? low : high) = middle;
    }
    return (low + high) / 2;
}

struct Picture {
    Finger finger;
    int number = 0;
    std::optional<std::size_t> sample; ///< nothing: the reader did not take it
    bool is_first = false;             ///< of the finger's
};

/// By set, finger and number.
std::vector<Picture> pictures_of(const std::vector<Sample> &samples, const std::vector<Sample> &rejected) {
    std::vector<Picture> pictures;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        pictures.push_back({{samples[i].set, samples[i].finger}, samples[i].number, i});
    }
    for (const Sample &one : rejected) {
        pictures.push_back({{one.set, one.finger}, one.number, std::nullopt});
    }
    std::ranges::sort(pictures, [](const Picture &a, const Picture &b) {
        return std::tie(a.finger, a.number) < std::tie(b.finger, b.number);
    });
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        pictures[i].is_first = i == 0 || pictures[i].finger != pictures[i - 1].finger;
    }
    return pictures;
}

bool accepted(double score, double second, double threshold, double margin) {
    return score >= threshold && score - second >= margin;
}

} // namespace

double Verification::eer() const {
    if (genuine.empty() || impostor.empty()) {
        return 1;
    }
    std::vector<double> thresholds = genuine;
    thresholds.insert(thresholds.end(), impostor.begin(), impostor.end());
    std::sort(thresholds.begin(), thresholds.end());
    thresholds.push_back(std::nextafter(thresholds.back(), 2 * thresholds.back() + 1)); // nobody reaches it
    // FNMR rises and FMR falls with the threshold.
    const auto crossed = std::partition_point(thresholds.begin(), thresholds.end(),
                                              [&](double threshold) { return fnmr(threshold) < fmr(threshold); });
    if (fnmr(*crossed) == fmr(*crossed)) {
        return fmr(*crossed);
    }
    const auto middle = [&](double threshold) { return (fnmr(threshold) + fmr(threshold)) / 2; };
    // At the lowest score FNMR is 0 and FMR 1: something lies before.
    return std::min(middle(*crossed), middle(*std::prev(crossed)));
}

double Verification::fnmr(double threshold) const {
    return share_below(genuine, threshold);
}

double Verification::fmr(double threshold) const {
    return impostor.empty() ? 0 : 1 - share_below(impostor, threshold);
}

double Verification::fnmr_at_fmr(double fmr) const {
    const auto allowed = static_cast<std::size_t>(fmr * static_cast<double>(impostor.size()));
    if (allowed >= impostor.size()) {
        return 0;
    }
    // Just over the first impostor that may not pass.
    const double highest = impostor[impostor.size() - 1 - allowed];
    return share_below(genuine, std::nextafter(highest, std::numeric_limits<double>::infinity()));
}

Verification verify_one_to_one(const std::vector<Sample> &samples, const std::vector<Sample> &rejected,
                               Impostors impostors, const std::function<double(std::size_t, std::size_t)> &score) {
    const auto pictures = pictures_of(samples, rejected);
    Verification measured{.rej_enroll = rejected.size()};
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        for (std::size_t j = i + 1; j < pictures.size() && pictures[j].finger.first == pictures[i].finger.first; ++j) {
            const bool genuine = pictures[i].finger == pictures[j].finger;
            const bool compared =
                genuine || impostors == Impostors::every_impression || (pictures[i].is_first && pictures[j].is_first);
            if (!compared) {
                continue;
            }
            const auto &a = pictures[i].sample;
            const auto &b = pictures[j].sample;
            (genuine ? measured.genuine : measured.impostor)
                .push_back(a && b ? score(std::min(*a, *b), std::max(*a, *b)) : 0);
            (genuine ? measured.rej_ngra : measured.rej_nira) += a && b ? 0 : 1;
        }
    }
    std::sort(measured.genuine.begin(), measured.genuine.end());
    std::sort(measured.impostor.begin(), measured.impostor.end());
    return measured;
}

std::vector<bool> enrolled(const std::vector<Sample> &samples) {
    std::map<Finger, std::size_t> seen;
    std::vector<bool> chosen;
    chosen.reserve(samples.size());
    for (const Sample &sample : samples) {
        chosen.push_back(++seen[{sample.set, sample.finger}] <= kEnrolled);
    }
    return chosen;
}

std::vector<Probe> identify_one_to_many(const fingerprint::Matcher &matcher, const std::vector<Sample> &samples) {
    const std::vector<bool> chosen = enrolled(samples);
    std::map<Finger, std::vector<fingerprint::Impression>> impressions;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (chosen[i]) {
            impressions[{samples[i].set, samples[i].finger}].push_back(samples[i].impression);
        }
    }
    std::map<Finger, std::shared_ptr<const Template>> templates;
    for (const auto &[finger, own] : impressions) {
        templates[finger] = *matcher.prepare(own);
    }
    std::vector<Probe> probes;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        if (chosen[i]) {
            continue;
        }
        const Finger own{samples[i].set, samples[i].finger};
        Probe probe{.set = samples[i].set, .finger = samples[i].finger, .number = samples[i].number};
        const auto prepared = *matcher.prepare({samples[i].impression});
        for (const auto &[finger, made] : templates) {
            const double score = matcher.compare(*made, *prepared);
            if (finger == own) {
                probe.own = score;
                continue;
            }
            probe.strangers[finger] = score;
            probe.next = std::max(probe.next, std::min(probe.stranger, score));
            probe.stranger = std::max(probe.stranger, score);
        }
        probes.push_back(std::move(probe));
    }
    return probes;
}

Identification count(const std::vector<Probe> &probes, double threshold, double margin) {
    Identification counted;
    for (const Probe &probe : probes) {
        ++counted.probes;
        counted.strangers += probe.strangers.empty() ? 0 : 1;
        const bool other_first = probe.stranger > probe.own;
        const bool as_another =
            other_first && accepted(probe.stranger, std::max(probe.own, probe.next), threshold, margin);
        const bool as_self = !other_first && accepted(probe.own, probe.stranger, threshold, margin);
        counted.refused += as_self ? 0 : 1;
        counted.as_another += as_another ? 1 : 0;
        counted.strangers_in += accepted(probe.stranger, probe.next, threshold, margin) ? 1 : 0;
        counted.highest_stranger = std::max(counted.highest_stranger, probe.stranger);
    }
    return counted;
}

namespace {

/// Nothing where no strangers are left.
std::optional<double> highest_without(const std::vector<Probe> &probes, const Finger &left_out) {
    std::optional<double> highest;
    for (const Probe &probe : probes) {
        if (Finger{probe.set, probe.finger} == left_out) {
            continue;
        }
        for (const auto &[finger, score] : probe.strangers) {
            if (finger != left_out) {
                highest = std::max(highest.value_or(0), score);
            }
        }
    }
    return highest;
}

} // namespace

Identification leave_one_finger_out(const std::vector<Probe> &probes, double margin, double guard,
                                    const std::string &sets) {
    std::map<Finger, std::vector<Probe>> by_finger;
    for (const Probe &probe : probes) {
        if (probe.set.starts_with(sets)) {
            by_finger[{probe.set, probe.finger}].push_back(probe);
        }
    }
    Identification whole;
    for (const auto &[left_out, own] : by_finger) {
        const auto highest = highest_without(probes, left_out);
        if (!highest) {
            continue;
        }
        const double threshold = std::nextafter(*highest + guard, 1e9);
        const Identification one = count(own, threshold, margin);
        whole.probes += one.probes;
        whole.strangers += one.strangers;
        whole.refused += one.refused;
        whole.as_another += one.as_another;
        whole.strangers_in += one.strangers_in;
        whole.highest_stranger = std::max(whole.highest_stranger, one.highest_stranger);
    }
    return whole;
}

Interval interval(std::size_t hits, std::size_t of) {
    if (of == 0) {
        return {};
    }
    Interval found;
    if (hits > 0) {
        found.low = solve([&](double share) { return binomial_cdf(hits - 1, of, share); }, 0.975);
    }
    if (hits < of) {
        found.high = solve([&](double share) { return binomial_cdf(hits, of, share); }, 0.025);
    }
    return found;
}

} // namespace xueshi::bench
