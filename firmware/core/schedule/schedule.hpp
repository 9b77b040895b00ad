#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "firmware/core/record/bodies.hpp"
#include "firmware/core/training/training.hpp"

namespace xueshi::schedule {

/// One earlier punch of the person in this room, as the journal has it, in order of seq.
struct EarlierPunch {
    std::int64_t wall_ms = 0;
};

/// A lesson of the person that is open now.
struct OpenLesson {
    const training::TrainingClass *training_class = nullptr;
    const training::Lesson *lesson = nullptr;
};

/// Lessons in `room` whose window [start - opens_before, end + closes_after] holds `wall_ms`. RULES section 1.
std::vector<OpenLesson> open_lessons(std::span<const training::TrainingClass> classes, const RoomId &room,
                                     std::int64_t wall_ms);
/// Those of them whose roster has the person.
std::vector<OpenLesson> open_lessons(std::span<const training::TrainingClass> classes, const RoomId &room,
                                     const PersonId &person, std::int64_t wall_ms);

/// Whom a terminal searches: the union of the rosters of open lessons; everybody when none is open.
std::vector<PersonId> search_scope(std::span<const training::TrainingClass> classes, const RoomId &room,
                                   std::int64_t wall_ms);
/// Everybody of every class: what is searched while the clock is unset.
std::vector<PersonId> everybody(std::span<const training::TrainingClass> classes);

/// Folds a person's punches inside one lesson's window, in order: each one's direction. RULES section 1, "Direction":
/// check-in and check-out alternate; within the cooldown of the last, or before the start when already in: `moment`;
/// after the last hour's end: always `check_out`. The same fold decides on the device and at the registry.
std::vector<record::Direction> directions(const training::Lesson &lesson, const training::Policy &policy,
                                          std::span<const EarlierPunch> punches);

struct Decision {
    ClassId training_class; ///< empty: unscheduled
    LessonId lesson;
    record::Direction direction = record::Direction::unscheduled;
};
/// What a punch at `wall_ms` is for this person, given the earlier ones of this room (any lesson, in order).
/// Inside the end window of one lesson and the start window of the next: `both`, naming the ending lesson.
Decision decide(std::span<const training::TrainingClass> classes, const RoomId &room, const PersonId &person,
                std::span<const EarlierPunch> earlier, std::int64_t wall_ms);

} // namespace xueshi::schedule
