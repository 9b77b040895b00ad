#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/rules/counting.hpp"
#include "daemon/rules/delivery.hpp"
#include "daemon/rules/fraction.hpp"
#include "daemon/rules/presence.hpp"
#include "firmware/core/training/training.hpp"

/// RULES.md sections 1, 2 and 4 as pure functions. The registry's store selects and orders; this folds.
namespace xueshi::rules {

/// What is known of a lesson beside its punches.
struct LessonFacts {
    Delivery delivery = Delivery::outstanding;
    bool held = true; ///< false: cancelled by the institution; its hours stay filed, are "not held"
};

/// One class with the facts of its lessons; a lesson not named is held and outstanding.
struct ClassInput {
    training::TrainingClass training_class;
    std::map<LessonId, LessonFacts> lessons;
};

/// Why hours are possible and not proved, and who can mend it.
enum class GapReason { not_delivered, no_terminal, overlap, pending, uncertain_time, incomplete_punches, not_held };
std::string_view to_string(GapReason reason);
std::string_view mended_by(GapReason reason); ///< "institution" or "bureau"
struct Gap {
    LessonId lesson;
    GapReason reason = GapReason::not_delivered;
    std::int64_t hours = 0;
    bool operator==(const Gap &) const = default;
};

enum class Exam { yes, no, undecided };
std::string_view to_string(Exam exam);

struct LessonAttendance {
    LessonId lesson;
    bool held = true;
    Presence presence;
    std::vector<HourState> hours;                             ///< one a class hour of the lesson
    std::vector<std::vector<record::Evidence>> evidence = {}; ///< one a class hour: what proves it; empty unless proved
    bool operator==(const LessonAttendance &) const = default;
};

struct PersonAttendance {
    PersonId person;
    std::vector<LessonAttendance> lessons;            ///< in the plan's order
    std::int64_t proved = 0, possible = 0, filed = 0; ///< class hours; proved <= possible <= filed
    std::int64_t not_held = 0, not_counted = 0;       ///< hours cancelled; hours shorter than the registry's minimum
    Fraction rate_proved, rate_possible;
    Exam exam = Exam::undecided;           ///< art. 14(四)
    Fraction ratio_proved, ratio_possible; ///< art. 15: share of the training subsidy
    std::vector<Gap> gaps; ///< by lesson; what stands between proved and possible, and what was not held
    bool operator==(const PersonAttendance &) const = default;
};

/// Section 4 from counts. `not_held`: hours cancelled by the institution.
Exam exam(std::int64_t proved, std::int64_t possible, std::int64_t not_held, std::int64_t filed);
/// 1 from 9/10, the rate itself from 7/10, else 0.
Fraction subsidy_ratio(std::int64_t hours, std::int64_t filed);

/// The attendance of `person` in `classes[which]`. `classes`: every class whose roster has the person (others change
/// the meaning of a punch between two lessons, and presence in two lessons at once is unproven in both). `punches`: all
/// of the person's in any room, in any order; those of other people are passed over.
PersonAttendance attendance(std::span<const ClassInput> classes, std::size_t which, std::span<const TimedPunch> punches,
                            const CountingPolicy &counting, const PersonId &person);
/// A person in one class only.
PersonAttendance attendance(const ClassInput &input, std::span<const TimedPunch> punches,
                            const CountingPolicy &counting, const PersonId &person);

} // namespace xueshi::rules
