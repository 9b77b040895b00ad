#include <doctest/doctest.h>

#include "tests/daemon/rules/morning.hpp"

using namespace morning;
using rules::ChainState;
using rules::Delivery;

namespace {

const training::Policy kPolicy;
constexpr auto kWindowEnd = at(9, 50);

Delivery judged(std::vector<ChainState> chains) {
    return rules::delivery(early_lesson(), kPolicy, chains);
}

ChainState until(std::int64_t time_ms) {
    ChainState chain;
    chain.certainly_until_ms = time_ms;
    return chain;
}

} // namespace

TEST_CASE("rules: a lesson is delivered by an event certainly later than its window") {
    CHECK(judged({until(kWindowEnd + 1)}) == Delivery::delivered);
    CHECK(judged({until(kWindowEnd)}) == Delivery::outstanding);
    CHECK(judged({ChainState{}}) == Delivery::outstanding);
}

TEST_CASE("rules: lesson closed delivers the lesson, if it waited for the present window") {
    auto chain = until(at(8, 0));
    chain.closed_window_end_ms[LessonId("A")] = kWindowEnd;
    CHECK(judged({chain}) == Delivery::delivered);
    chain.closed_window_end_ms[LessonId("A")] = kWindowEnd - 1;
    CHECK(judged({chain}) == Delivery::outstanding);
    chain.closed_window_end_ms = {{LessonId("B"), kWindowEnd}};
    CHECK(judged({chain}) == Delivery::outstanding);
}

TEST_CASE("rules: every terminal of the room must have delivered, without a gap and not in quarantine") {
    const auto good = until(at(12, 0));
    auto gap = good, quarantined = good;
    gap.gap_open = true;
    quarantined.quarantined = true;
    CHECK(judged({good, good}) == Delivery::delivered);
    CHECK(judged({good, until(at(9, 0))}) == Delivery::outstanding);
    CHECK(judged({good, gap}) == Delivery::outstanding);
    CHECK(judged({quarantined}) == Delivery::outstanding);
}

TEST_CASE("rules: without a terminal that stood there a lesson has none") {
    CHECK(judged({}) == Delivery::no_terminal);
    auto later = until(at(12, 0));
    later.since_ms = kWindowEnd + 1;
    CHECK(judged({later}) == Delivery::no_terminal);
    CHECK(judged({later, until(at(12, 0))}) == Delivery::delivered);
}
