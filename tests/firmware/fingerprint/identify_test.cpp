#include <algorithm>

#include <doctest/doctest.h>

#include "firmware/fingerprint/matcher.hpp"

using namespace xueshi;
using namespace xueshi::fingerprint;

namespace {

struct FixedScore : Template {
    explicit FixedScore(double value) : score(value) {}
    double score;
};

class ScriptedMatcher : public Matcher {
public:
    std::string name() const override { return "scripted"; }
    double threshold() const override { return 0.5; }
    double margin() const override { return 0.1; }
    std::size_t least_minutiae() const override { return 0; }
    std::size_t most_minutiae() const override { return 255; }
    Expected<std::shared_ptr<const Template>> prepare(const std::vector<Impression> &) const override {
        return std::make_shared<FixedScore>(0);
    }
    double compare(const Template &enrolled, const Template &) const override {
        return static_cast<const FixedScore &>(enrolled).score;
    }
};

MatchCandidate candidate(std::size_t person, double score) {
    return {person, std::make_shared<FixedScore>(score)};
}

} // namespace

TEST_CASE("identify: nobody is no result") {
    CHECK_FALSE(identify(ScriptedMatcher{}, {}, FixedScore(0)));
}

TEST_CASE("identify: one person alone has no second") {
    const auto result = identify(ScriptedMatcher{}, {candidate(3, 0.4), candidate(3, 0.7)}, FixedScore(0));
    REQUIRE(result);
    CHECK(result->person == 3);
    CHECK(result->score == doctest::Approx(0.7));
    CHECK(result->second_score == -1);
}

TEST_CASE("identify: the second score is another person's, not the same person's other finger") {
    const auto result = identify(
        ScriptedMatcher{}, {candidate(1, 0.2), candidate(2, 0.9), candidate(2, 0.8), candidate(0, 0.3)}, FixedScore(0));
    REQUIRE(result);
    CHECK(result->person == 2);
    CHECK(result->score == doctest::Approx(0.9));
    CHECK(result->second_score == doctest::Approx(0.3));
}

TEST_CASE("identify: the order of candidates changes nothing") {
    std::vector<MatchCandidate> candidates{candidate(5, 0.1), candidate(6, 0.6), candidate(7, 0.4)};
    for (int turn = 0; turn < 3; ++turn) {
        std::rotate(candidates.begin(), candidates.begin() + 1, candidates.end());
        const auto result = identify(ScriptedMatcher{}, candidates, FixedScore(0));
        REQUIRE(result);
        CHECK(result->person == 6);
        CHECK(result->second_score == doctest::Approx(0.4));
    }
}

TEST_CASE("identify: among many people the best and the second are found wherever they stand") {
    constexpr std::size_t kPeople = 100;
    for (std::size_t best = 0; best < kPeople; ++best) {
        std::vector<MatchCandidate> candidates;
        for (std::size_t person = 0; person < kPeople; ++person) {
            candidates.push_back(candidate(person, person == best ? 0.9 : 0.1));
        }
        const auto second = (best + 37) % kPeople;
        candidates[second] = candidate(second, 0.8);
        const auto result = identify(ScriptedMatcher{}, candidates, FixedScore(0));
        REQUIRE(result);
        CHECK(result->person == best);
        CHECK(result->second_score == doctest::Approx(0.8));
    }
}
