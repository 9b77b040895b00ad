#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <random>

#include "tests/daemon/rules/morning.hpp"

using namespace morning;
using rules::ClassInput;
using rules::Delivery;
using rules::Exam;
using rules::PersonAttendance;
using rules::TimedPunch;

namespace {

/// Five lessons of one or two hours, some back to back, some with a break, two rooms.
ClassInput random_class(const std::string &id = "c1") {
    std::vector<training::Lesson> lessons;
    auto time_ms = at(8, 0);
    for (int i = 0; i < 5; ++i) {
        auto next = lesson(id + std::to_string(i), {}, *rc::gen::element(kRoom, kRoom, kRoom, kOtherRoom));
        const auto hours = *rc::gen::inRange(1, 3);
        for (int hour = 0; hour < hours; ++hour) {
            next.hours.push_back({time_ms, time_ms + at(0, 45)});
            time_ms += at(0, 45) + *rc::gen::element(at(0, 0), at(0, 5));
        }
        time_ms += *rc::gen::element(at(0, 0), at(0, 10), at(0, 40));
        lessons.push_back(std::move(next));
    }
    auto input = delivered(class_of(std::move(lessons), id));
    for (auto &[lesson_id, facts] : input.lessons) {
        facts.delivery = *rc::gen::weightedElement<Delivery>(
            {{6, Delivery::delivered}, {1, Delivery::outstanding}, {1, Delivery::no_terminal}, {1, Delivery::lost}});
        facts.held = *rc::gen::weightedElement<bool>({{8, true}, {1, false}});
    }
    return input;
}

TimedPunch random_punch(std::int64_t earliest_ms) {
    auto result =
        punch(earliest_ms,
              earliest_ms + *rc::gen::weightedElement<std::int64_t>({{8, 0}, {1, at(0, 0, 30)}, {1, at(0, 20)}}));
    result.room = *rc::gen::weightedElement<RoomId>({{4, kRoom}, {1, kOtherRoom}});
    result.chain = ChainId(result.room.str());
    result.reverification = *rc::gen::weightedElement<bool>({{6, false}, {1, true}});
    result.standing = *rc::gen::weightedElement<rules::Standing>(
        {{8, rules::Standing::counts}, {1, rules::Standing::pending}, {1, rules::Standing::flagged}});
    return result;
}

std::vector<TimedPunch> random_punches() {
    auto minutes = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 7 * 60));
    std::ranges::sort(minutes);
    std::vector<TimedPunch> punches;
    for (const auto minute : minutes) {
        punches.push_back(random_punch(at(7, 40) + at(0, minute)));
    }
    return chain(std::move(punches));
}

PersonAttendance of(const ClassInput &input, const std::vector<TimedPunch> &punches) {
    return rules::attendance(input, punches, kCounting, kAn);
}

template <typename Property>
void holds(Property property) {
    CHECK(rc::check(property));
}

} // namespace

TEST_CASE("rules: proved <= possible <= filed, and the exam agrees with the bounds") {
    holds([] {
        const auto result = of(random_class(), random_punches());
        RC_ASSERT(0 <= result.proved);
        RC_ASSERT(result.proved <= result.possible);
        RC_ASSERT(result.possible + result.not_held + result.not_counted <= result.filed);
        RC_ASSERT((result.exam == Exam::yes) == (result.proved * 10 >= result.filed * 7));
        RC_ASSERT(!rules::less(result.ratio_possible, result.ratio_proved));
        for (const auto &lesson : result.lessons) {
            RC_ASSERT(rules::common(lesson.presence.proved, lesson.presence.unproven).empty());
        }
    });
}

TEST_CASE("rules: the order in which punches arrive changes nothing") {
    holds([] {
        const auto input = random_class();
        auto punches = random_punches();
        const auto before = of(input, punches);
        std::ranges::shuffle(punches, std::mt19937(*rc::gen::arbitrary<unsigned>()));
        RC_ASSERT(of(input, punches) == before);
    });
}

TEST_CASE("rules: a person's result does not depend on other persons") {
    holds([] {
        auto input = random_class();
        const auto punches = random_punches();
        const auto before = of(input, punches);
        auto all = random_punches();
        for (auto &punch : all) {
            punch.person = kBao;
        }
        all.insert(all.end(), punches.begin(), punches.end());
        input.training_class.trainees.push_back({PersonId("cui"), "3", "Cui"});
        RC_ASSERT(of(input, all) == before);
    });
}

TEST_CASE("rules: the order of lessons in the plan changes no count") {
    holds([] {
        auto input = random_class();
        const auto punches = random_punches();
        const auto before = of(input, punches);
        std::ranges::shuffle(input.training_class.lessons, std::mt19937(*rc::gen::arbitrary<unsigned>()));
        const auto after = of(input, punches);
        RC_ASSERT(after.proved == before.proved);
        RC_ASSERT(after.possible == before.possible);
        RC_ASSERT(after.exam == before.exam);
    });
}

TEST_CASE("rules: a larger tolerance never lowers a count") {
    holds([] {
        auto input = random_class();
        const auto punches = random_punches();
        input.training_class.policy.tolerance_numerator = *rc::gen::inRange(0, 45);
        const auto before = of(input, punches);
        input.training_class.policy.tolerance_numerator += *rc::gen::inRange(0, 45);
        input.training_class.policy.tolerance_numerator =
            std::min<std::int64_t>(input.training_class.policy.tolerance_numerator, 45);
        const auto after = of(input, punches);
        RC_ASSERT(before.proved <= after.proved);
        RC_ASSERT(before.possible <= after.possible);
    });
}

TEST_CASE("rules: the exam is never no on missing data") {
    holds([] {
        auto input = random_class();
        for (auto &[id, facts] : input.lessons) {
            facts = {Delivery::outstanding, *rc::gen::arbitrary<bool>()};
        }
        RC_ASSERT(of(input, random_punches()).exam != Exam::no);
    });
}

TEST_CASE("rules: delivery decides and never adds: what was impossible before it stays so") {
    holds([] {
        auto input = random_class();
        const auto punches = random_punches();
        const auto after = of(input, punches);
        for (auto &[id, facts] : input.lessons) {
            facts.delivery = facts.delivery == Delivery::delivered ? Delivery::outstanding : facts.delivery;
        }
        const auto before = of(input, punches);
        RC_ASSERT(before.proved == after.proved);
        RC_ASSERT(after.possible <= before.possible);
    });
}

TEST_CASE("rules: a pending punch or a re-verification never lowers proved or possible") {
    holds([] {
        const auto input = random_class();
        auto punches = random_punches();
        const auto before = of(input, punches);
        auto more = random_punch(at(7, 40) + at(0, *rc::gen::inRange(0, 7 * 60)));
        const bool pending = *rc::gen::arbitrary<bool>();
        more.standing = pending ? rules::Standing::pending : rules::Standing::counts;
        more.reverification = !pending;
        more.latest_ms = more.earliest_ms;
        more.chain = ChainId("another");
        punches.push_back(more);
        const auto after = of(input, punches);
        RC_ASSERT(before.proved <= after.proved);
        RC_ASSERT(before.possible <= after.possible);
    });
}

TEST_CASE("rules: a first check-in before the only check-out never lowers a count") {
    holds([] {
        const auto input = delivered(class_of({early_lesson()}));
        const auto out = at(9, 35) + at(0, *rc::gen::inRange(0, 15));
        const auto in = at(7, 45) + at(0, *rc::gen::inRange(0, 110));
        const auto result = of(input, chain_at({in, out}));
        RC_ASSERT(of(input, chain_at({out})).proved <= result.proved);
        RC_ASSERT(of(input, chain_at({in})).proved <= result.proved);
        RC_ASSERT(result.proved == result.possible);
    });
}

TEST_CASE("rules: a wider bracket proves no more and excuses no less") {
    holds([] {
        const auto input = delivered(class_of({early_lesson()}));
        const auto in = at(7, 45) + at(0, *rc::gen::inRange(0, 110));
        const auto width = *rc::gen::inRange<std::int64_t>(0, at(0, 20));
        const auto exact = of(input, chain({punch(in), punch(at(9, 36))}));
        const auto wide = of(input, chain({punch(in - width, in + width), punch(at(9, 36))}));
        RC_ASSERT(wide.proved <= exact.proved);
        RC_ASSERT(wide.possible >= exact.possible);
    });
}
