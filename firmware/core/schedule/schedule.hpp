#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firmware/core/record/bodies.hpp"
#include "firmware/core/training/training.hpp"

/// RULES section 1: which lessons a punch belongs to, and what it means there. The device shows by these functions
/// and the registry decides by the same ones. "Open" is [start - opens_before, end + closes_after], both included.
namespace xueshi::schedule {

/// One earlier punch of the person in this room, as the journal has it, in order of seq.
struct EarlierPunch {
    std::int64_t wall_ms = 0;
    bool reverification = false; ///< asked for inside a lesson: never opens or closes anything
};

/// A lesson of the person that is open now.
struct OpenLesson {
    const training::TrainingClass *training_class = nullptr;
    const training::Lesson *lesson = nullptr;
};

/// Lessons in `room` whose window holds `wall_ms`, by start time.
std::vector<OpenLesson> open_lessons(std::span<const training::TrainingClass> classes, const RoomId &room,
                                     std::int64_t wall_ms);
/// Those of them whose roster has the person.
std::vector<OpenLesson> open_lessons(std::span<const training::TrainingClass> classes, const RoomId &room,
                                     const PersonId &person, std::int64_t wall_ms);

/// Of a person's open lessons in one room those that a punch at `wall_ms` belongs to: not one that begins later while
/// an earlier one has not ended. So a punch in a lesson is that lesson's alone, and one between two lessons is both's.
std::vector<OpenLesson> lessons_of_punch(std::vector<OpenLesson> open, std::int64_t wall_ms);

/// Whom a terminal searches: the union of the rosters of open lessons; everybody when none is open.
std::vector<PersonId> search_scope(std::span<const training::TrainingClass> classes, const RoomId &room,
                                   std::int64_t wall_ms);
/// Everybody of every class: what is searched while the clock is unset.
std::vector<PersonId> everybody(std::span<const training::TrainingClass> classes);

/// Folds a person's punches that belong to one lesson, in order: each one's direction. RULES section 1, "Direction":
/// at or after the last hour's end: always `check_out`; less than the cooldown from the punch before (whatever that
/// was), or before the start when already in: `moment`; else check-in and check-out alternate.
std::vector<record::Direction> directions(const training::Lesson &lesson, const training::Policy &policy,
                                          std::span<const EarlierPunch> punches);

/// One of a person's punches of a lesson, and what it is there.
struct LessonPunch {
    std::int64_t wall_ms = 0;
    record::Direction direction = record::Direction::moment;
    bool operator==(const LessonPunch &) const = default;
};
/// Of the person's punches of the lesson's room (any lesson, in order) those that belong to the lesson.
std::vector<LessonPunch> punches_of(const OpenLesson &open, std::span<const training::TrainingClass> classes,
                                    const PersonId &person, std::span<const EarlierPunch> earlier);

/// Whether the person, after these punches of the lesson's room (any lesson, in order), is checked in to the lesson.
bool is_checked_in(const OpenLesson &open, std::span<const training::TrainingClass> classes, const PersonId &person,
                   std::span<const EarlierPunch> earlier);

struct Decision {
    ClassId training_class; ///< empty: unscheduled
    LessonId lesson;
    record::Direction direction = record::Direction::unscheduled;
    bool operator==(const Decision &) const = default;
};
/// What a punch at `wall_ms` is for this person, given the earlier ones of this room (any lesson, in order).
/// Belonging to a lesson that has ended and being the check-in of one that has not: `both`, naming the ended one.
Decision decide(std::span<const training::TrainingClass> classes, const RoomId &room, const PersonId &person,
                std::span<const EarlierPunch> earlier, std::int64_t wall_ms);

} // namespace xueshi::schedule
