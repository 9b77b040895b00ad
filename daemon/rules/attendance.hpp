#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "firmware/core/record/bodies.hpp"
#include "firmware/core/training/training.hpp"

/// RULES.md sections 1, 2 and 4 as pure functions. The registry's store selects and orders; this folds.
namespace xueshi::rules {

/// A fraction in lowest terms; denominator > 0.
struct Fraction {
    std::int64_t numerator = 0;
    std::int64_t denominator = 1;
    static Fraction of(std::int64_t numerator, std::int64_t denominator);
    bool operator==(const Fraction &) const = default;
};
bool less(const Fraction &a, const Fraction &b); ///< a < b, exact
std::string to_string(const Fraction &f);        ///< "7/10", "1", "0"

/// A punch that counts, with the time it must have happened in: [earliest, latest]; equal when the clock was good.
struct TimedPunch {
    PersonId person;
    RoomId room;
    std::int64_t earliest_ms = 0;
    std::int64_t latest_ms = 0;
    record::Evidence evidence = record::Evidence::face;
};

/// Whether a room's terminals have delivered a lesson: an acknowledged event is certainly later than the end of its
/// window and no sequence gap is open.
enum class Delivery { delivered, outstanding, no_terminal };

struct LessonInput {
    const training::Lesson *lesson = nullptr;
    Delivery delivery = Delivery::outstanding;
    std::vector<TimedPunch> punches; ///< of this lesson's room and window, by chain order
};

struct Interval {
    std::int64_t start_ms = 0, end_ms = 0;
    bool operator==(const Interval &) const = default;
};
/// Presence of one person in one lesson, clipped to it: proved and unproven time, disjoint, in order.
struct Presence {
    std::vector<Interval> proved, unproven;
};
Presence presence(const training::Lesson &lesson, const training::Policy &policy, Delivery delivery,
                  const std::vector<TimedPunch> &punches);

enum class HourState { absent, possible, proved };
/// Section 2: proved when presence misses at most the tolerance; possible when it would be if the unproven were.
HourState hour_state(const training::ClassHour &hour, const training::Policy &policy, const Presence &presence);

enum class Exam { yes, no, undecided };
std::string_view to_string(Exam exam);

struct LessonAttendance {
    LessonId lesson;
    Presence presence;
    std::vector<HourState> hours;
};
struct PersonAttendance {
    PersonId person;
    std::vector<LessonAttendance> lessons;
    std::int64_t proved = 0, possible = 0, filed = 0; ///< class hours; proved <= possible <= filed
    Fraction rate_proved, rate_possible;
    Exam exam = Exam::undecided;             ///< art. 14(四)
    Fraction ratio_proved, ratio_possible;   ///< art. 15: share of the training subsidy
    std::vector<std::string> gaps;           ///< what decides, in words
};
/// Section 4 from counts: exam and ratio. `not_held`: hours cancelled by the institution.
Exam exam(std::int64_t proved, std::int64_t possible, std::int64_t not_held, std::int64_t filed);
Fraction subsidy_ratio(std::int64_t hours, std::int64_t filed);

PersonAttendance attendance(const training::TrainingClass &training_class, const std::vector<LessonInput> &lessons,
                            const PersonId &person);

} // namespace xueshi::rules
