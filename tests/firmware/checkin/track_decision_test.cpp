#include <doctest/doctest.h>

#include "firmware/checkin/track_decision.hpp"

using namespace xueshi;
using namespace xueshi::checkin;

namespace {

constexpr FaceThresholds kThresholds{
    .match = 0.5F, .margin = 0.1F, .liveness = 0.5F, .agreeing_frames = 3, .liveness_frames = 5, .unknown_frames = 8};

const Match kAnna{PersonId("anna"), 0.8F, 0.3F};
const Match kBert{PersonId("bert"), 0.8F, 0.3F};

Verdict add_times(TrackDecision &decision, int times, const Match &match, float liveness = 0.9F) {
    Verdict verdict;
    for (int i = 0; i < times; ++i) {
        verdict = decision.add(match, liveness);
    }
    return verdict;
}

} // namespace

TEST_CASE("track decision: agreeing live frames of one person are a recognition, and not before five frames") {
    TrackDecision decision(kThresholds);
    CHECK(add_times(decision, 4, kAnna).kind == Verdict::Kind::undecided);
    const auto verdict = decision.add(kAnna, 0.9F);
    CHECK(verdict.kind == Verdict::Kind::recognised);
    CHECK(verdict.person == PersonId("anna"));
    CHECK(verdict.score == doctest::Approx(0.8));
    CHECK(verdict.margin == doctest::Approx(0.5));
    CHECK(verdict.frames == 5);
}

TEST_CASE("track decision: frames that disagree begin the count anew") {
    TrackDecision decision(kThresholds);
    add_times(decision, 2, kAnna);
    add_times(decision, 2, kBert);
    CHECK(decision.add(kAnna, 0.9F).kind == Verdict::Kind::undecided);
    CHECK(decision.add(kAnna, 0.9F).kind == Verdict::Kind::undecided);
    const auto verdict = decision.add(kAnna, 0.9F);
    CHECK(verdict.kind == Verdict::Kind::recognised);
    CHECK(verdict.frames == 3);
}

TEST_CASE("F27: a stranger is unknown after some good frames, never the nearest match") {
    TrackDecision decision(kThresholds);
    const Match stranger{PersonId("anna"), 0.45F, 0.1F};
    CHECK(add_times(decision, 7, stranger).kind == Verdict::Kind::undecided);
    const auto verdict = decision.add(stranger, 0.9F);
    CHECK(verdict.kind == Verdict::Kind::unknown);
    CHECK(verdict.person.empty());
}

TEST_CASE("track decision: nobody enrolled makes everybody unknown") {
    TrackDecision decision(kThresholds);
    CHECK(add_times(decision, 8, Match{}).kind == Verdict::Kind::unknown);
}

TEST_CASE("track decision: two people too alike are ambiguous, not one of them") {
    TrackDecision decision(kThresholds);
    CHECK(add_times(decision, 8, Match{PersonId("anna"), 0.8F, 0.75F}).kind == Verdict::Kind::ambiguous);
}

TEST_CASE("track decision: the only person enrolled has no margin and needs none") {
    TrackDecision decision(kThresholds);
    const auto verdict = add_times(decision, 5, Match{PersonId("anna"), 0.8F, -1});
    CHECK(verdict.kind == Verdict::Kind::recognised);
    CHECK(verdict.margin == -1);
    // A second person with a negative cosine is somebody else, far away.
    TrackDecision other(kThresholds);
    CHECK(add_times(other, 5, Match{PersonId("anna"), 0.8F, -0.2F}).margin == doctest::Approx(1.0));
}

TEST_CASE("F26: a matching face that is not live over the track is refused") {
    TrackDecision decision(kThresholds);
    CHECK(add_times(decision, 7, kAnna, 0.2F).kind == Verdict::Kind::undecided);
    CHECK(decision.add(kAnna, 0.2F).kind == Verdict::Kind::not_live);
}

TEST_CASE("F26: another's living face earlier in the track does not make a print live") {
    for (const auto &before : {kBert, Match{PersonId("anna"), 0.3F, 0.2F}}) { // enrolled, and a stranger
        TrackDecision decision(kThresholds);
        add_times(decision, 20, before, 1.0F);
        CHECK(add_times(decision, 4, kAnna, 0.2F).kind == Verdict::Kind::undecided);
        const auto verdict = decision.add(kAnna, 0.2F);
        CHECK(verdict.kind == Verdict::Kind::not_live);
        CHECK(verdict.liveness == doctest::Approx(0.2));
    }
    // Nor do a few lucky frames of the print.
    TrackDecision lucky(kThresholds);
    add_times(lucky, 4, kBert, 1.0F);
    CHECK(add_times(lucky, 3, kAnna, 0.6F).kind == Verdict::Kind::undecided);
    CHECK(add_times(lucky, 2, kAnna, 0.1F).kind == Verdict::Kind::not_live);
}

TEST_CASE("track decision: frames in which a person was not clear yet cost a moment, and no refusal") {
    const Match unsure{PersonId("anna"), 0.4F, 0.3F};
    TrackDecision decision(kThresholds);
    add_times(decision, 5, unsure);
    CHECK(add_times(decision, 4, kAnna).kind == Verdict::Kind::undecided); // others are refused after eight
    CHECK(decision.add(kAnna, 0.9F).kind == Verdict::Kind::recognised);
    TrackDecision between(kThresholds);
    add_times(between, 2, kAnna);
    between.add(unsure, 0.0F); // and this one's liveness is not the person's
    const auto verdict = add_times(between, 3, kAnna);
    CHECK(verdict.kind == Verdict::Kind::recognised);
    CHECK(verdict.liveness == doctest::Approx(0.9));
}

TEST_CASE("track decision: liveness is the mean of the track, so one bad frame decides nothing") {
    TrackDecision decision(kThresholds);
    decision.add(kAnna, 0.0F);
    CHECK(add_times(decision, 4, kAnna, 0.9F).kind == Verdict::Kind::recognised);
}

TEST_CASE("track decision: a threshold is reached by what is equal to it, and by nothing less") {
    constexpr float kLess = 1e-4F;
    CHECK(is_clear(Match{PersonId("anna"), 0.5F, 0.25F}, kThresholds));
    CHECK_FALSE(is_clear(Match{PersonId("anna"), 0.5F - kLess, 0.25F}, kThresholds));
    constexpr FaceThresholds kQuarter{.match = 0.5F, .margin = 0.25F};
    CHECK(is_clear(Match{PersonId("anna"), 0.75F, 0.5F}, kQuarter));
    CHECK_FALSE(is_clear(Match{PersonId("anna"), 0.75F, 0.5F + kLess}, kQuarter));
    CHECK_FALSE(is_clear(Match{PersonId(), 0.9F, -1}, kThresholds));
    TrackDecision live(kThresholds);
    CHECK(add_times(live, 5, kAnna, 0.5F).kind == Verdict::Kind::recognised);
    TrackDecision dead(kThresholds);
    CHECK(add_times(dead, 8, kAnna, 0.5F - kLess).kind == Verdict::Kind::not_live);
    TrackDecision stranger(kThresholds);
    CHECK(add_times(stranger, 7, Match{}, 0.5F).liveness == 0.5F);
    CHECK(stranger.add(Match{}, 0.5F).kind == Verdict::Kind::unknown);
    TrackDecision twins(kThresholds);
    CHECK(add_times(twins, 8, Match{PersonId("anna"), 0.5F, 0.45F}).kind == Verdict::Kind::ambiguous);
}

TEST_CASE("track decision: a recognition tells the mean score, the least margin and the mean liveness") {
    TrackDecision decision(kThresholds);
    decision.add(kBert, 0.5F); // another one: does not count
    decision.add(Match{PersonId("anna"), 0.9F, 0.3F}, 0.4F);
    decision.add(Match{PersonId("anna"), 0.9F, 0.3F}, 0.6F);
    decision.add(kBert, 0.5F);
    decision.add(Match{PersonId("anna"), 0.9F, 0.3F}, 1.0F);
    decision.add(Match{PersonId("anna"), 0.7F, 0.5F}, 1.0F);
    const auto verdict = decision.add(Match{PersonId("anna"), 0.8F, 0.3F}, 1.0F);
    REQUIRE(verdict.kind == Verdict::Kind::recognised);
    CHECK(verdict.frames == 3);
    CHECK(verdict.score == doctest::Approx(0.8));
    CHECK(verdict.margin == doctest::Approx(0.2));
    CHECK(verdict.liveness == doctest::Approx(0.8)); // of this person's five frames
}

TEST_CASE("track decision: half of the newest frames like somebody make it ambiguous, fewer a stranger") {
    const Match alike{PersonId("anna"), 0.8F, 0.75F}, stranger{PersonId("anna"), 0.2F, 0.1F};
    TrackDecision half(kThresholds);
    add_times(half, 4, stranger);
    const auto verdict = add_times(half, 4, alike);
    CHECK(verdict.kind == Verdict::Kind::ambiguous);
    CHECK(verdict.score == doctest::Approx(0.8)); // the nearest that was seen
    TrackDecision fewer(kThresholds);
    add_times(fewer, 5, stranger);
    CHECK(add_times(fewer, 3, alike).kind == Verdict::Kind::unknown);
    // What lies further back than the newest eight says nothing.
    TrackDecision earlier(kThresholds);
    add_times(earlier, 8, alike);
    add_times(earlier, 4, stranger);
    CHECK(earlier.add(stranger, 0.9F).kind == Verdict::Kind::unknown);
}

TEST_CASE("track decision: who stood there for long without being taken for live may still be") {
    TrackDecision decision(kThresholds);
    CHECK(add_times(decision, 200, kAnna, 0.1F).kind == Verdict::Kind::not_live);
    CHECK(add_times(decision, 30, kAnna, 0.9F).kind == Verdict::Kind::recognised);
    CHECK(add_times(decision, 10, kAnna, 0.3F).liveness == doctest::Approx(0.7)); // of the newest thirty
    CHECK(add_times(decision, 20, kAnna, 0.3F).liveness == doctest::Approx(0.3));
}

TEST_CASE("track decision: nobody is refused before there are frames enough to recognise or to take for live") {
    TrackDecision live({.match = 0.5F, .margin = 0.1F, .liveness = 0.5F, .liveness_frames = 5, .unknown_frames = 3});
    CHECK(add_times(live, 4, Match{}).kind == Verdict::Kind::undecided);
    CHECK(live.add(Match{}, 0.9F).kind == Verdict::Kind::unknown);
    TrackDecision agreeing({.match = 0.5F, .margin = 0.1F, .liveness = 0.5F, .agreeing_frames = 10});
    CHECK(add_times(agreeing, 9, kAnna).kind == Verdict::Kind::undecided);
    CHECK(agreeing.add(kAnna, 0.9F).kind == Verdict::Kind::recognised);
    TrackDecision patient({.match = 0.5F, .margin = 0.1F, .liveness = 0.5F, .unknown_frames = 40});
    CHECK(add_times(patient, 39, Match{}).kind == Verdict::Kind::undecided);
    CHECK(patient.add(Match{}, 0.9F).kind == Verdict::Kind::unknown);
}

TEST_CASE("track decision: after a reset nothing of the last person counts") {
    TrackDecision decision(kThresholds);
    add_times(decision, 5, kAnna);
    decision.reset();
    CHECK(add_times(decision, 4, kAnna).kind == Verdict::Kind::undecided);
}
