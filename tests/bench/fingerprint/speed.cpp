#include "tests/bench/fingerprint/speed.hpp"

#include <algorithm>
#include <chrono>

namespace xueshi::bench {
namespace {

constexpr std::size_t kImpressions = 5;
constexpr std::size_t kProbes = 15;

double identify_ms(const fingerprint::Matcher &matcher, const std::vector<fingerprint::MatchCandidate> &gallery,
                   const fingerprint::Impression &impression) {
    const auto begin = std::chrono::steady_clock::now();
    const auto probe = *matcher.prepare({impression});
    (void)fingerprint::identify(matcher, gallery, *probe);
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

std::vector<Speed> measure_speed(const fingerprint::Matcher &matcher, const std::vector<Sample> &samples) {
    std::vector<Speed> measured;
    std::vector<fingerprint::MatchCandidate> gallery;
    std::size_t next = 0;
    for (const std::size_t templates : {60u, 180u, 1000u}) {
        while (gallery.size() < templates && !samples.empty()) {
            std::vector<fingerprint::Impression> impressions;
            for (std::size_t i = 0; i < kImpressions; ++i) {
                impressions.push_back(samples[next++ % samples.size()].impression);
            }
            gallery.push_back({gallery.size() / 3, *matcher.prepare(impressions)}); // three fingers a person
        }
        std::vector<double> times;
        for (std::size_t i = 0; i < kProbes && !samples.empty(); ++i) {
            times.push_back(identify_ms(matcher, gallery, samples[(i * 37) % samples.size()].impression));
        }
        std::sort(times.begin(), times.end());
        measured.push_back({templates, times.empty() ? 0 : times[times.size() / 2]});
    }
    return measured;
}

} // namespace xueshi::bench
