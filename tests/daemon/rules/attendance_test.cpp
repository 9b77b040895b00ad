#include <doctest/doctest.h>

#include "tests/daemon/rules/morning.hpp"

using namespace morning;
using rules::ClassInput;
using rules::Delivery;
using rules::Exam;
using rules::Fraction;
using rules::Gap;
using rules::GapReason;
using rules::HourState;
using rules::PersonAttendance;
using rules::TimedPunch;

namespace {

constexpr std::int64_t kDayMs = 24 * 3'600'000;

/// One-hour lessons, a day apart, at 8:00-8:45: d1, d2, ...
ClassInput daily(std::size_t days) {
    std::vector<training::Lesson> lessons;
    for (std::size_t day = 0; day < days; ++day) {
        const auto start = static_cast<std::int64_t>(day) * kDayMs;
        lessons.push_back(lesson("d" + std::to_string(day + 1), {{start + at(8, 0), start + at(8, 45)}}));
    }
    return delivered(class_of(std::move(lessons)));
}

std::vector<TimedPunch> attended(std::size_t days) {
    std::vector<std::int64_t> times;
    for (std::size_t day = 0; day < days; ++day) {
        times.push_back(static_cast<std::int64_t>(day) * kDayMs + at(7, 55));
        times.push_back(static_cast<std::int64_t>(day) * kDayMs + at(8, 46));
    }
    return chain_at(std::move(times));
}

PersonAttendance of(const ClassInput &input, const std::vector<TimedPunch> &punches) {
    return rules::attendance(input, punches, kCounting, kAn);
}

void expect(const PersonAttendance &result, std::int64_t proved, std::int64_t possible, Exam exam, Fraction from,
            Fraction to) {
    CHECK(result.proved == proved);
    CHECK(result.possible == possible);
    CHECK(result.exam == exam);
    CHECK(result.ratio_proved == from);
    CHECK(result.ratio_possible == to);
}

/// The two-hour lesson 8:00-8:45, 8:50-9:35 alone.
PersonAttendance early(const std::vector<TimedPunch> &punches) {
    return of(delivered(class_of({early_lesson()})), punches);
}

} // namespace

TEST_CASE("RULES 7: 10 of 10") {
    expect(of(daily(10), attended(10)), 10, 10, Exam::yes, {1, 1}, {1, 1});
}

TEST_CASE("rules: a proved hour carries its evidence, others carry none") {
    auto punches = attended(2);
    for (std::size_t i = 0; i < 2; ++i) {
        punches[i].evidence = record::Evidence::finger;
    }
    const auto result = of(daily(3), punches);
    CHECK(result.lessons[0].evidence == std::vector<std::vector<record::Evidence>>{{record::Evidence::finger}});
    CHECK(result.lessons[1].evidence == std::vector<std::vector<record::Evidence>>{{record::Evidence::face}});
    CHECK(result.lessons[2].evidence == std::vector<std::vector<record::Evidence>>{{}});
}

TEST_CASE("RULES 7: 9 of 10") {
    expect(of(daily(10), attended(9)), 9, 9, Exam::yes, {1, 1}, {1, 1});
}

TEST_CASE("RULES 7: 89 of 99 is pro rata") {
    const auto result = of(daily(99), attended(89));
    expect(result, 89, 89, Exam::yes, {89, 99}, {89, 99});
    CHECK(result.rate_proved == Fraction{89, 99});
}

TEST_CASE("RULES 7: 7 of 10 is exactly enough") {
    expect(of(daily(10), attended(7)), 7, 7, Exam::yes, {7, 10}, {7, 10});
}

TEST_CASE("RULES 7: 69 of 99 is not rounded up to 70 %") {
    expect(of(daily(99), attended(69)), 69, 69, Exam::no, {0, 1}, {0, 1});
}

TEST_CASE("RULES 7: 6 proved, terminal silent over 2 hours") {
    auto input = daily(10);
    input.lessons[LessonId("d9")].delivery = Delivery::outstanding;
    input.lessons[LessonId("d10")].delivery = Delivery::outstanding;
    const auto result = of(input, attended(6));
    expect(result, 6, 8, Exam::undecided, {0, 1}, {4, 5});
    CHECK(result.gaps == std::vector<Gap>{{LessonId("d9"), GapReason::not_delivered, 1},
                                          {LessonId("d10"), GapReason::not_delivered, 1}});
}

TEST_CASE("RULES 7: check-in 8:00, no check-out, re-verified 8:50") {
    const auto result = early(chain({punch(at(8, 0)), reverified(at(8, 50))}));
    CHECK(result.proved == 1);
    CHECK(result.possible == 2);
    CHECK(result.gaps == std::vector<Gap>{{LessonId("A"), GapReason::incomplete_punches, 1}});
}

TEST_CASE("RULES 7: present 8:11-8:45 misses more than the tolerance") {
    const auto result = of(daily(1), chain_at({at(8, 11), at(8, 45)}));
    CHECK(result.proved == 0);
    CHECK(result.possible == 0);
    CHECK(of(daily(1), chain_at({at(8, 10), at(8, 45)})).proved == 1);
}

TEST_CASE("RULES 7: only a check-out at 9:36") {
    const auto result = early(chain_at({at(9, 36)}));
    CHECK(result.proved == 0);
    CHECK(result.possible == 2);
}

TEST_CASE("RULES 7: 6 attended, 4 cancelled by the institution") {
    auto input = daily(10);
    for (const auto *id : {"d7", "d8", "d9", "d10"}) {
        input.lessons[LessonId(id)].held = false;
    }
    const auto result = of(input, attended(6));
    expect(result, 6, 6, Exam::undecided, {0, 1}, {0, 1});
    CHECK(result.not_held == 4);
    CHECK(result.gaps.size() == 4);
    CHECK(result.gaps[0] == Gap{LessonId("d7"), GapReason::not_held, 1});
}

TEST_CASE("RULES 7: present 8:00-8:20 and 8:26-8:45") {
    const auto result = of(daily(1), chain_at({at(8, 0), at(8, 20), at(8, 26), at(8, 45)}));
    CHECK(result.proved == 1);
    CHECK(result.possible == 1);
}

TEST_CASE("RULES 7: one lesson of 2 cancelled by the institution, all else attended") {
    auto input = delivered(class_of({early_lesson()}));
    auto rest = daily(9).training_class.lessons;
    rest.erase(rest.begin());
    for (auto &lesson : rest) {
        input.training_class.lessons.push_back(lesson);
        input.lessons[lesson.id] = {Delivery::delivered, true};
    }
    input.lessons[LessonId("A")].held = false;
    const auto result = of(input, attended(9));
    expect(result, 8, 8, Exam::yes, {4, 5}, {4, 5});
    CHECK(result.filed == 10);
    CHECK(result.not_held == 2);
}

TEST_CASE("rules: exam is never no while enough hours are possible or were not held") {
    CHECK(rules::exam(0, 7, 0, 10) == Exam::undecided);
    CHECK(rules::exam(0, 6, 1, 10) == Exam::undecided);
    CHECK(rules::exam(0, 6, 0, 10) == Exam::no);
    CHECK(rules::exam(7, 7, 0, 10) == Exam::yes);
    CHECK(rules::exam(0, 0, 0, 0) == Exam::undecided);
}

TEST_CASE("rules: the ratio is nothing below 7/10, the rate up to 9/10, then all") {
    CHECK(rules::subsidy_ratio(69, 99) == Fraction{0, 1});
    CHECK(rules::subsidy_ratio(14, 20) == Fraction{7, 10});
    CHECK(rules::subsidy_ratio(89, 99) == Fraction{89, 99});
    CHECK(rules::subsidy_ratio(18, 20) == Fraction{1, 1});
    CHECK(rules::subsidy_ratio(0, 0) == Fraction{0, 1});
}

TEST_CASE("rules: hours shorter than the registry's minimum are filed and flagged, neither proved nor possible") {
    auto input = delivered(class_of({lesson("S", {{at(8, 0), at(8, 10)}, {at(8, 10), at(8, 50)}})}));
    auto result = of(input, chain_at({at(7, 55), at(8, 51)}));
    CHECK(result.lessons[0].hours == std::vector{HourState::not_counted, HourState::proved});
    CHECK(result.filed == 2);
    CHECK(result.possible == 1);
    CHECK(result.not_counted == 1);
    input.lessons.clear();
    CHECK(of(input, {}).possible == 1);

    rules::CountingPolicy demo;
    demo.allow_short_hours = true;
    result = rules::attendance(input, chain_at({at(7, 55), at(8, 51)}), demo, kAn);
    CHECK(result.proved == 2);
}

TEST_CASE("rules: presence in two rooms at once is unproven in both, exactly where it overlaps") {
    const auto here = delivered(class_of({early_lesson()}));
    const auto there = delivered(class_of({lesson("D", {{at(8, 50), at(9, 35)}}, kOtherRoom)}, "c2"));
    auto punches = chain_at({at(8, 0), at(9, 36)});
    for (const auto time : {at(8, 50), at(9, 37)}) {
        punches.push_back(punch(time));
        punches.back().room = kOtherRoom;
        punches.back().chain = ChainId("k2");
        punches.back().seq = static_cast<record::Sequence>(punches.size());
    }
    const std::vector classes{here, there};
    const auto first = rules::attendance(classes, 0, punches, kCounting, kAn);
    CHECK(first.lessons[0].hours == std::vector{HourState::proved, HourState::possible});
    CHECK(first.gaps == std::vector<Gap>{{LessonId("A"), GapReason::overlap, 1}});
    const auto second = rules::attendance(classes, 1, punches, kCounting, kAn);
    CHECK(second.lessons[0].hours == std::vector{HourState::possible});
    CHECK(rules::attendance(here, punches, kCounting, kAn).proved == 2);
}

TEST_CASE("rules: two classes in one room at once are unproven in both") {
    const std::vector classes{delivered(class_of({early_lesson()})),
                              delivered(class_of({lesson("E", {{at(8, 0), at(8, 45)}})}, "c2"))};
    const auto punches = chain_at({at(7, 55), at(9, 36)});
    const auto first = rules::attendance(classes, 0, punches, kCounting, kAn);
    CHECK(first.proved == 2); // E was never checked out of: only its first moment is evidence
    const auto both = chain_at({at(7, 55), at(8, 46), at(8, 50), at(9, 36)});
    CHECK(rules::attendance(classes, 0, both, kCounting, kAn).lessons[0].hours ==
          std::vector{HourState::possible, HourState::proved});
    CHECK(rules::attendance(classes, 1, both, kCounting, kAn).lessons[0].hours == std::vector{HourState::possible});
}

TEST_CASE("rules: a punch between the lessons of two classes serves both") {
    const std::vector classes{delivered(class_of({early_lesson()})), delivered(class_of({next_lesson()}, "c2"))};
    const auto punches = chain_at({at(7, 55), at(9, 40), at(10, 31)});
    CHECK(rules::attendance(classes, 0, punches, kCounting, kAn).proved == 2);
    CHECK(rules::attendance(classes, 1, punches, kCounting, kAn).proved == 1);
}

TEST_CASE("rules: a class whose roster lacks the person does not change the meaning of a punch") {
    auto other = delivered(class_of({lesson("E", {{at(9, 0), at(9, 31)}})}, "c2"));
    other.training_class.trainees = {{kBao, "1", "Bao"}};
    const std::vector classes{other, delivered(class_of({early_lesson()}))};
    const auto result = rules::attendance(classes, 1, chain_at({at(7, 55), at(9, 36)}), kCounting, kAn);
    CHECK(result.proved == 2);
    CHECK(result.filed == 2);
}

TEST_CASE("rules: gaps say why hours are open and who can mend them") {
    auto input = daily(4);
    input.lessons[LessonId("d1")].delivery = Delivery::no_terminal;
    auto punches = chain({pending(kDayMs + at(7, 55)), pending(kDayMs + at(8, 46)),
                          punch(2 * kDayMs + at(7, 0), 2 * kDayMs + at(9, 30)), punch(3 * kDayMs + at(7, 55))});
    const auto result = of(input, punches);
    CHECK(result.gaps == std::vector<Gap>{{LessonId("d1"), GapReason::no_terminal, 1},
                                          {LessonId("d2"), GapReason::pending, 1},
                                          {LessonId("d3"), GapReason::uncertain_time, 1},
                                          {LessonId("d4"), GapReason::incomplete_punches, 1}});
    CHECK(rules::mended_by(GapReason::not_delivered) == "institution");
    CHECK(rules::mended_by(GapReason::pending) == "bureau");
}

TEST_CASE("rules: a lesson nothing is known of is outstanding") {
    auto input = daily(2);
    input.lessons.clear();
    expect(of(input, {}), 0, 2, Exam::undecided, {0, 1}, {1, 1});
}
