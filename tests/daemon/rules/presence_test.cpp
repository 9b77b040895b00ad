#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "tests/daemon/rules/morning.hpp"

using namespace morning;
using rules::Delivery;
using rules::HourState;
using rules::Interval;
using rules::Intervals;
using rules::Presence;
using rules::TimedPunch;

namespace {

using List = std::vector<Interval>;

Presence folded(const std::vector<TimedPunch> &punches, Delivery delivery = Delivery::delivered,
                std::size_t which = 0) {
    const std::vector classes{class_of({early_lesson(), next_lesson()})};
    return rules::presence({&classes[0], &classes[0].lessons[which]}, classes, delivery, rules::in_order(punches));
}
Presence folded_at(std::vector<std::int64_t> times, Delivery delivery = Delivery::delivered, std::size_t which = 0) {
    return folded(chain_at(std::move(times)), delivery, which);
}

void expect(const Presence &presence, const List &proved, const List &unproven) {
    CHECK(presence.proved.list() == proved);
    CHECK(presence.unproven.list() == unproven);
}

} // namespace

TEST_CASE("rules: check-in opens and check-out closes, clipped to the lesson") {
    expect(folded_at({at(7, 50), at(9, 40)}), {{at(8, 0), at(9, 35)}}, {});
    expect(folded_at({at(8, 10), at(9, 0)}), {{at(8, 10), at(9, 0)}}, {});
}

TEST_CASE("rules: leaving and coming back makes two intervals") {
    expect(folded_at({at(8, 0), at(8, 20), at(8, 26), at(9, 36)}), {{at(8, 0), at(8, 20)}, {at(8, 26), at(9, 35)}}, {});
}

TEST_CASE("rules: nobody is absent without leaving a trace, and nobody present") {
    expect(folded(std::vector<TimedPunch>{}), {}, {});
}

TEST_CASE("rules: forgotten check-in: time before a late check-in is absent") {
    expect(folded_at({at(8, 30), at(9, 36)}), {{at(8, 30), at(9, 35)}}, {});
}

TEST_CASE("rules: a check-out without a check-in leaves the time back to the start unproven") {
    expect(folded_at({at(9, 36)}), {}, {{at(8, 0), at(9, 35)}});
}

TEST_CASE("rules: a check-out without a check-in leaves the time back to the previous check-out unproven") {
    expect(folded_at({at(8, 0), at(8, 30), at(9, 36)}), {{at(8, 0), at(8, 30)}}, {{at(8, 30), at(9, 35)}});
    expect(folded_at({at(8, 0), at(9, 36), at(9, 45)}), {{at(8, 0), at(9, 35)}}, {});
}

TEST_CASE("rules: forgotten check-out: the interval closes at the last positive evidence, the rest is unproven") {
    expect(folded_at({at(8, 10)}), {}, {{at(8, 10), at(9, 35)}});
    expect(folded(chain({punch(at(8, 0)), reverified(at(8, 50)), reverified(at(9, 10))})), {{at(8, 0), at(9, 10)}},
           {{at(9, 10), at(9, 35)}});
    expect(folded_at({at(8, 0), at(8, 2)}), {{at(8, 0), at(8, 2)}}, {{at(8, 2), at(9, 35)}});
}

TEST_CASE("rules: a punch after the end window proves nothing") {
    expect(folded_at({at(8, 0), at(9, 51)}), {}, {{at(8, 0), at(9, 35)}});
    expect(folded_at({at(8, 0), at(9, 50)}), {{at(8, 0), at(9, 35)}}, {});
    expect(folded_at({at(9, 51)}), {}, {});
}

TEST_CASE("rules: a punch within the cooldown neither closes nor opens") {
    expect(folded_at({at(8, 0), at(8, 1), at(9, 36)}), {{at(8, 0), at(9, 35)}}, {});
    expect(folded_at({at(8, 0), at(8, 30), at(8, 31)}), {{at(8, 0), at(8, 30)}}, {});
}

TEST_CASE("rules: a re-verification of somebody not checked in leaves the time around it unproven") {
    expect(folded(chain({reverified(at(8, 20))})), {}, {{at(8, 0), at(9, 35)}});
    expect(folded(chain({reverified(at(8, 20)), punch(at(8, 30)), punch(at(9, 36))})), {{at(8, 30), at(9, 35)}},
           {{at(8, 0), at(8, 30)}});
}

TEST_CASE("rules: a punch between two lessons closes one and opens the next") {
    const std::vector<std::int64_t> times{at(7, 55), at(9, 40), at(10, 31)};
    expect(folded_at(times), {{at(8, 0), at(9, 35)}}, {});
    expect(folded_at(times, Delivery::delivered, 1), {{at(9, 45), at(10, 30)}}, {});
}

TEST_CASE("rules: leaving a lesson early is not arriving at the next") {
    const std::vector<std::int64_t> times{at(7, 55), at(9, 31)};
    expect(folded_at(times), {{at(8, 0), at(9, 31)}}, {});
    expect(folded_at(times, Delivery::delivered, 1), {}, {});
}

TEST_CASE("rules: a check-in known to lie in [a, b] proves from b, a check-out until a") {
    expect(folded(chain({punch(at(7, 55), at(8, 5)), punch(at(9, 20), at(9, 30))})), {{at(8, 5), at(9, 20)}},
           {{at(8, 0), at(8, 5)}, {at(9, 20), at(9, 30)}});
    expect(folded(chain({punch(at(8, 10), at(8, 30)), punch(at(8, 20), at(8, 40))})), {}, {{at(8, 10), at(8, 40)}});
}

TEST_CASE(
    "rules: a time that may lie inside or outside the lesson proves nothing and excuses everything it may cover") {
    expect(folded(chain({punch(at(0, 0), at(23, 0))})), {}, {{at(8, 0), at(9, 35)}});
    expect(folded(chain({punch(at(7, 55)), punch(at(9, 45), at(9, 55))})), {}, {{at(8, 0), at(9, 35)}});
}

TEST_CASE("rules: a bracket without bounds, of a boot that never had time, is no arithmetic") {
    constexpr auto kMin = std::numeric_limits<std::int64_t>::min(), kMax = std::numeric_limits<std::int64_t>::max();
    expect(folded(chain({punch(kMin, kMax), punch(at(9, 36))})), {}, {{at(8, 0), at(9, 35)}});
    expect(folded(chain({punch(kMin, at(8, 30)), punch(at(9, 36))})), {}, {{at(8, 0), at(9, 35)}});
    expect(folded(chain({punch(at(8, 0)), punch(at(9, 0), kMax)})), {}, {{at(8, 0), at(9, 35)}});
}

TEST_CASE("rules: proved time names the punches it rests on, and an hour its classes of evidence") {
    auto punches = chain_at({at(8, 0), at(8, 46), at(8, 52), at(9, 36)});
    punches[1].evidence = record::Evidence::finger;
    punches[2].evidence = punches[3].evidence = record::Evidence::both;
    const auto result = folded(punches);
    REQUIRE(result.proofs.size() == 2);
    CHECK(result.proofs[0].opened == punches[0]);
    CHECK(result.proofs[0].closed == punches[1]);
    CHECK(result.proofs[1].opened.seq == 3);
    const auto hours = early_lesson().hours;
    CHECK(rules::evidence_of(hours[0], result) == std::vector{record::Evidence::face, record::Evidence::finger});
    CHECK(rules::evidence_of(hours[1], result) == std::vector{record::Evidence::both});
    CHECK(rules::evidence_of({at(9, 40), at(10, 0)}, result).empty());
}

TEST_CASE("rules: until delivery everything not proved is unproven") {
    expect(folded_at({at(8, 0), at(8, 45)}, Delivery::outstanding), {{at(8, 0), at(8, 45)}}, {{at(8, 45), at(9, 35)}});
    expect(folded(std::vector<TimedPunch>{}, Delivery::outstanding), {}, {{at(8, 0), at(9, 35)}});
    expect(folded(std::vector<TimedPunch>{}, Delivery::no_terminal), {}, {{at(8, 0), at(9, 35)}});
    expect(folded_at({at(8, 0), at(8, 45)}, Delivery::lost), {{at(8, 0), at(8, 45)}}, {});
}

TEST_CASE("rules: a pending punch makes time possible and takes nothing from what is proved") {
    expect(folded(chain({pending(at(8, 0)), pending(at(9, 36))})), {}, {{at(8, 0), at(9, 35)}});
    expect(folded(chain({punch(at(8, 0)), pending(at(8, 30)), punch(at(9, 36))})), {{at(8, 0), at(9, 35)}}, {});
    auto flagged = chain_at({at(8, 0), at(9, 36)});
    flagged[0].standing = flagged[1].standing = rules::Standing::flagged;
    expect(folded(flagged), {}, {});
}

TEST_CASE("rules: a second pending punch takes no possible time from the first, which may be approved alone") {
    expect(folded(chain({pending(at(8, 0)), pending(at(8, 30))})), {}, {{at(8, 0), at(9, 35)}});
    std::vector<TimedPunch> many;
    for (int i = 0; i < 20; ++i) {
        many.push_back(pending(at(8, 10 + 4 * i)));
    }
    expect(folded(chain(many)), {}, {{at(8, 0), at(9, 35)}});
}

TEST_CASE("rules: a punch in another room belongs to no lesson here") {
    auto punches = chain_at({at(8, 0), at(9, 36)});
    punches[1].room = kOtherRoom;
    expect(folded(punches), {}, {{at(8, 0), at(9, 35)}});
}

TEST_CASE("rules: punches of two terminals are merged by their time, each terminal's by seq") {
    auto first = chain_at({at(8, 0), at(9, 36)});
    auto second = chain_at({at(8, 20), at(8, 30)});
    for (auto &punch : second) {
        punch.chain = ChainId("k2");
        first.push_back(punch);
    }
    expect(folded(first), {{at(8, 0), at(8, 20)}, {at(8, 30), at(9, 35)}}, {});
    std::ranges::reverse(first);
    expect(folded(first), {{at(8, 0), at(8, 20)}, {at(8, 30), at(9, 35)}}, {});
}

TEST_CASE("rules: F09: a clock set back between check-in and check-out makes no negative presence") {
    expect(folded_at({at(9, 0), at(8, 30)}), {}, {{at(8, 30), at(9, 0)}});
}

TEST_CASE("rules: an hour is proved when presence misses exactly the tolerance, not a millisecond more") {
    const training::ClassHour hour{at(8, 0), at(8, 45)};
    const training::Policy policy;
    const auto state = [&](std::int64_t from_ms, List unproven = {}) {
        return rules::hour_state(hour, policy, {Intervals({{from_ms, at(9, 0)}}), Intervals(std::move(unproven))});
    };
    CHECK(state(at(8, 10)) == HourState::proved);
    CHECK(state(at(8, 10) + 1) == HourState::absent);
    CHECK(state(at(8, 10) + 1, {{at(8, 10), at(8, 10) + 1}}) == HourState::possible);
    CHECK(state(at(8, 10) + 2, {{at(8, 10) + 1, at(8, 10) + 2}}) == HourState::absent);
}

TEST_CASE("rules: the tolerance is exact where it is no whole number of milliseconds") {
    const training::ClassHour hour{0, 100};
    training::Policy policy;
    policy.tolerance_numerator = 1;
    policy.tolerance_denominator = 3;
    CHECK(rules::hour_state(hour, policy, {Intervals({{33, 100}}), {}}) == HourState::proved);
    CHECK(rules::hour_state(hour, policy, {Intervals({{34, 100}}), {}}) == HourState::absent);
}
