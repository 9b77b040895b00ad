#include "daemon/rules/attendance.hpp"
#include "firmware/core/schedule/schedule.hpp"
#include "tests/bench/insns/works.hpp"

namespace xueshi::bench {

namespace {

constexpr std::int64_t kMinute = 60'000, kDay = 24 * 60 * kMinute;
constexpr int kDays = 20, kTrainees = 60;
const RoomId kRoom("r-101");

/// A class of 60: on 20 days a lesson of four hours in the morning and one in the afternoon.
training::TrainingClass full_class() {
    training::TrainingClass result{ClassId("c1"), InstitutionId("i1"), "Welding", "", "", {}, {}, {}};
    for (int i = 0; i < 2 * kDays; ++i) {
        training::Lesson lesson{LessonId("l" + std::to_string(i)), "", "", kRoom, {}};
        const auto start = (i / 2) * kDay + (i % 2 == 0 ? 8 : 14) * 60 * kMinute;
        for (int hour = 0; hour < 4; ++hour) {
            lesson.hours.push_back({start + hour * 50 * kMinute, start + (hour * 50 + 45) * kMinute});
        }
        result.lessons.push_back(std::move(lesson));
    }
    for (int i = 0; i < kTrainees; ++i) {
        result.trainees.push_back({PersonId("p" + std::to_string(i)), std::to_string(i), "An"});
    }
    return result;
}

/// In and out of each lesson, now and then late, forgotten, or once more in between: from the lesson's number alone.
std::vector<std::int64_t> punch_times(const training::TrainingClass &training_class) {
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < training_class.lessons.size(); ++i) {
        const auto &lesson = training_class.lessons[i];
        times.push_back(lesson.start_ms() - 5 * kMinute + static_cast<std::int64_t>(i % 7) * 3 * kMinute);
        if (i % 3 == 0) {
            times.push_back(lesson.start_ms() + 60 * kMinute);
            times.push_back(lesson.start_ms() + 70 * kMinute);
        }
        if (i % 11 != 0) {
            times.push_back(lesson.end_ms() + 2 * kMinute);
        }
    }
    return times;
}

Work schedule_work(const training::TrainingClass &training_class) {
    std::vector<schedule::EarlierPunch> earlier;
    for (const auto time : punch_times(training_class)) {
        earlier.push_back({.wall_ms = time});
    }
    const auto now = training_class.lessons.back().end_ms() + 5 * kMinute;
    return {"schedule", "60 trainees, 40 lessons, everything the person punched before",
            [=, classes = std::vector{training_class}] {
                const auto decision = schedule::decide(classes, kRoom, PersonId("p59"), earlier, now);
                must(decision.direction == record::Direction::check_out, "decide");
            }};
}

Work rules_work(const training::TrainingClass &training_class) {
    rules::ClassInput input{training_class, {}};
    for (const auto &lesson : training_class.lessons) {
        input.lessons[lesson.id] = {rules::Delivery::delivered, true};
    }
    std::vector<rules::TimedPunch> punches;
    for (const auto time : punch_times(training_class)) {
        rules::TimedPunch punch{.person = PersonId("p59"), .room = kRoom, .chain = ChainId("k1")};
        punch.seq = static_cast<record::Sequence>(punches.size() + 1);
        punch.earliest_ms = punch.latest_ms = time;
        punches.push_back(punch);
    }
    return {"rules", "a person's attendance in 160 class hours", [=] {
                const auto result = rules::attendance(input, punches, rules::CountingPolicy{}, PersonId("p59"));
                must(result.filed == 160 && result.proved > 80, "attendance");
            }};
}

} // namespace

std::vector<Work> lesson_works() {
    const auto training_class = full_class();
    return {schedule_work(training_class), rules_work(training_class)};
}

} // namespace xueshi::bench
