#pragma once

#include <memory>

#include "firmware/core/roster/roster.hpp"
#include "tests/support/fake_clock.hpp"

namespace xueshi::test {

/// Room r-1 with one class of four trainees (p-1 .. p-4, numbers 01 .. 04) and two lessons of one 45-minute hour: one
/// begins at FakeClock's start, the next a day later.
inline std::shared_ptr<roster::Roster> make_classroom() {
    auto roster = std::make_shared<roster::Roster>();
    roster->device = DeviceId("d-1");
    roster->institution = InstitutionId("i-1");
    roster->institution_name = "培训学校";
    roster->room = RoomId("r-1");
    training::TrainingClass course;
    course.id = ClassId("c-1");
    course.institution = roster->institution;
    course.name = "电工班";
    for (int day = 0; day < 2; ++day) {
        const auto start = FakeClock::kStartMs + day * 86'400'000;
        training::Lesson lesson;
        lesson.id = LessonId("l-" + std::to_string(day + 1));
        lesson.title = "课";
        lesson.room = roster->room;
        lesson.hours = {training::ClassHour{start, start + 45 * 60'000}};
        course.lessons.push_back(lesson);
    }
    for (int i = 1; i <= 4; ++i) {
        course.trainees.push_back(
            training::Trainee{PersonId("p-" + std::to_string(i)), "0" + std::to_string(i), "学员"});
    }
    roster->classes.push_back(course);
    return roster;
}

} // namespace xueshi::test
