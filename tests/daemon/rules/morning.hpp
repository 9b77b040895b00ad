#pragma once

#include <string>
#include <vector>

#include "daemon/rules/attendance.hpp"

/// A morning for the tests of the rules: times of day as milliseconds, one room, one person, lessons by their hours.
namespace morning {

using namespace xueshi;

constexpr std::int64_t at(std::int64_t hour, std::int64_t minute, std::int64_t second = 0) {
    return ((hour * 60 + minute) * 60 + second) * 1000;
}

inline const RoomId kRoom("r1"), kOtherRoom("r2");
inline const PersonId kAn("an"), kBao("bao");
inline const rules::CountingPolicy kCounting{};

inline training::Lesson lesson(const std::string &id, std::vector<training::ClassHour> hours,
                               const RoomId &room = kRoom) {
    return {LessonId(id), "", "", room, std::move(hours)};
}
/// Hours 8:00-8:45 and 8:50-9:35.
inline training::Lesson early_lesson() {
    return lesson("A", {{at(8, 0), at(8, 45)}, {at(8, 50), at(9, 35)}});
}
/// Hour 9:45-10:30: both start window and the early lesson's end window hold 9:35-9:45.
inline training::Lesson next_lesson() {
    return lesson("B", {{at(9, 45), at(10, 30)}});
}

inline training::TrainingClass class_of(std::vector<training::Lesson> lessons, const std::string &id = "c1") {
    return {ClassId(id),
            InstitutionId("i1"),
            "Welding",
            "",
            "",
            {},
            std::move(lessons),
            {{kAn, "1", "An"}, {kBao, "2", "Bao"}}};
}

inline rules::ClassInput delivered(training::TrainingClass training_class) {
    rules::ClassInput input{std::move(training_class), {}};
    for (const auto &lesson : input.training_class.lessons) {
        input.lessons[lesson.id] = {rules::Delivery::delivered, true};
    }
    return input;
}

inline rules::TimedPunch punch(std::int64_t earliest_ms, std::int64_t latest_ms) {
    return {.person = kAn, .room = kRoom, .chain = ChainId("k1"), .earliest_ms = earliest_ms, .latest_ms = latest_ms};
}
inline rules::TimedPunch punch(std::int64_t time_ms) {
    return punch(time_ms, time_ms);
}
inline rules::TimedPunch reverified(std::int64_t time_ms) {
    auto result = punch(time_ms);
    result.reverification = true;
    return result;
}
inline rules::TimedPunch pending(std::int64_t time_ms) {
    auto result = punch(time_ms);
    result.standing = rules::Standing::pending;
    return result;
}

/// Numbers the punches in the order given, as one chain would.
inline std::vector<rules::TimedPunch> chain(std::vector<rules::TimedPunch> punches) {
    for (std::size_t i = 0; i < punches.size(); ++i) {
        punches[i].seq = static_cast<record::Sequence>(i + 1);
    }
    return punches;
}
inline std::vector<rules::TimedPunch> chain_at(std::vector<std::int64_t> times) {
    std::vector<rules::TimedPunch> punches;
    for (const auto time : times) {
        punches.push_back(punch(time));
    }
    return chain(std::move(punches));
}

} // namespace morning
