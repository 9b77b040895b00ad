#include "firmware/fingerprint/matcher.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "firmware/fingerprint/limits.hpp"
#include "firmware/fingerprint/mcc/alignment.hpp"

namespace xueshi::fingerprint {
namespace {

// Measured: README.md, "Calibration".
constexpr double kThreshold = 0.245;
constexpr double kMargin = 0.02;
// Laying prints over one another is dear. Under this local score none of 2,240 pairs of own impressions came to the
// threshold: such a pair counts as meeting like the median pair of strangers.
constexpr double kLeastLocal = 0.135;
constexpr double kShareOfStrangers = 0.12;

struct MccTemplate final : Template {
    std::vector<mcc::Print> impressions;
};

/// What the neighbourhoods say and what the whole print says: either alone lets in strangers that the other does not.
double score(const mcc::Print &a, const mcc::Print &b) {
    const mcc::Relaxed relaxed = mcc::relax(a, b);
    const double local = mcc::relaxed_score(relaxed, a.cylinders.size(), b.cylinders.size());
    const double whole = local < kLeastLocal ? kShareOfStrangers : mcc::aligned_share(a, b, relaxed);
    return std::sqrt(local * whole);
}

class MccMatcher final : public Matcher {
public:
    std::string name() const override { return "mcc8b-lgsr-aligned-3"; }
    double threshold() const override { return kThreshold; }
    double margin() const override { return kMargin; }
    std::size_t least_minutiae() const override { return kLeastMinutiae; }
    std::size_t most_minutiae() const override { return kMostMinutiae; }

    Expected<std::shared_ptr<const Template>> prepare(const std::vector<Impression> &impressions) const override {
        if (impressions.empty()) {
            return fail(ErrorCode::invalid_argument, "a finger template needs an impression");
        }
        auto made = std::make_shared<MccTemplate>();
        for (const Impression &impression : impressions) {
            if (impression.size() < kLeastMinutiae || impression.size() > kMostMinutiae) {
                return fail(ErrorCode::invalid_argument,
                            fmt::format("an impression has {} minutiae; {} to {} are plausible", impression.size(),
                                        kLeastMinutiae, kMostMinutiae));
            }
            made->impressions.emplace_back(impression);
        }
        return made;
    }

    double compare(const Template &enrolled, const Template &probe) const override {
        // Templates come only from prepare() of this class: callers keep matchers apart by name().
        double best = 0;
        for (const auto &a : static_cast<const MccTemplate &>(enrolled).impressions) {
            for (const auto &b : static_cast<const MccTemplate &>(probe).impressions) {
                best = std::max(best, score(a, b));
            }
        }
        return best;
    }
};

} // namespace

std::unique_ptr<Matcher> make_mcc_matcher() {
    return std::make_unique<MccMatcher>();
}

} // namespace xueshi::fingerprint
