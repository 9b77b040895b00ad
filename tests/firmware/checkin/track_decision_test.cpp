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

TEST_CASE("track decision: liveness is the mean of the track, so one bad frame decides nothing") {
    TrackDecision decision(kThresholds);
    decision.add(kAnna, 0.0F);
    CHECK(add_times(decision, 4, kAnna, 0.9F).kind == Verdict::Kind::recognised);
}

TEST_CASE("track decision: after a reset nothing of the last person counts") {
    TrackDecision decision(kThresholds);
    add_times(decision, 5, kAnna);
    decision.reset();
    CHECK(add_times(decision, 4, kAnna).kind == Verdict::Kind::undecided);
}
