#include "firmware/fingerprint/matcher.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/fingerprint/limits.hpp"
#include "firmware/fingerprint/mcc/consolidation.hpp"

namespace xueshi::fingerprint {
namespace {

// Measured: README.md, "Calibration".
constexpr double kThreshold = 0.29;
constexpr double kMargin = 0.02;

struct MccTemplate final : Template {
    std::vector<std::vector<mcc::Cylinder>> impressions;
};

class MccMatcher final : public Matcher {
public:
    std::string name() const override { return "mcc16b-lsar-1"; }
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
            made->impressions.push_back(mcc::make_cylinders(impression));
        }
        return made;
    }

    double compare(const Template &enrolled, const Template &probe) const override {
        // Templates come only from prepare() of this class: callers keep matchers apart by name().
        double best = 0;
        for (const auto &a : static_cast<const MccTemplate &>(enrolled).impressions) {
            for (const auto &b : static_cast<const MccTemplate &>(probe).impressions) {
                best = std::max(best, mcc::global_score(a, b));
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
