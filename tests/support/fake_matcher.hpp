#pragma once

#include <cmath>
#include <memory>

#include "firmware/fingerprint/matcher.hpp"

namespace xueshi::test {

/// A finger is a number: the x of its first minutia. Equal numbers match with 0.9, neighbours with 0.88, those 1000
/// apart with the very threshold, those 2000 apart by the very margin more, others with 0.1. An impression without
/// minutiae cannot be used.
class FakeMatcher final : public fingerprint::Matcher {
public:
    static fingerprint::Impression finger(int number) { return {fingerprint::Minutia{number, 1, 0}}; }

    std::string name() const override { return "fake-matcher-1"; }
    double threshold() const override { return 0.5; }
    double margin() const override { return 0.25; }
    std::size_t least_minutiae() const override { return 1; }
    std::size_t most_minutiae() const override { return 100; }
    mutable int prepared = 0; ///< how often something was

    Expected<std::shared_ptr<const fingerprint::Template>>
    prepare(const std::vector<fingerprint::Impression> &impressions) const override {
        if (impressions.empty() || impressions.front().empty() || impressions.front().size() > most_minutiae()) {
            return fail(ErrorCode::invalid_argument, "an impression without minutiae, or with too many");
        }
        ++prepared;
        return std::make_shared<Finger>(impressions.front().front().x);
    }
    double compare(const fingerprint::Template &enrolled, const fingerprint::Template &probe) const override {
        const auto distance =
            std::abs(dynamic_cast<const Finger &>(enrolled).number - dynamic_cast<const Finger &>(probe).number);
        switch (distance) {
        case 0:
            return 0.9;
        case 1:
            return 0.88;
        case 1000:
            return threshold();
        case 2000:
            return threshold() + margin();
        default:
            return 0.1;
        }
    }

private:
    struct Finger final : fingerprint::Template {
        explicit Finger(int n) : number(n) {}
        int number;
    };
};

} // namespace xueshi::test
