#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::training {

/// Times are UTC milliseconds since 1970; an interval is [start, end).
struct ClassHour {
    std::int64_t start_ms = 0;
    std::int64_t end_ms = 0;
    bool operator==(const ClassHour &) const = default;
};

/// One lesson (课次) of a filed plan; its class hours are in order and do not overlap.
struct Lesson {
    LessonId id;
    std::string title;
    std::string teacher;
    RoomId room;
    std::vector<ClassHour> hours; ///< never empty

    std::int64_t start_ms() const { return hours.front().start_ms; }
    std::int64_t end_ms() const { return hours.back().end_ms; }
    bool operator==(const Lesson &) const = default;
};

struct Trainee {
    PersonId id;
    std::string number; ///< the roster's own short number, unique in the class
    std::string name;
    bool operator==(const Trainee &) const = default;
};

/// What must be recognised for a punch (policy; regulation art. 14: face or finger).
enum class Factor { face, finger, face_or_finger, face_and_finger };
std::string_view to_string(Factor factor);
Expected<Factor> parse_factor(std::string_view text);

/// What bureau and institution may set for a class (RULES sections 1 and 2: each is policy).
struct Policy {
    std::int64_t opens_before_ms = 15 * 60'000; ///< check-in window before a lesson's start
    std::int64_t closes_after_ms = 15 * 60'000; ///< check-out window after a lesson's end
    std::int64_t cooldown_ms = 3 * 60'000;      ///< a second punch within it is only evidence of the moment
    std::int64_t tolerance_numerator = 10;      ///< a class hour may miss numerator/denominator of its length
    std::int64_t tolerance_denominator = 45;
    Factor factor = Factor::face_or_finger;
    bool operator==(const Policy &) const = default;
};

inline constexpr std::int64_t kMaxWindowMs = 24 * 3'600'000, kMaxToleranceDenominator = 1'000'000;
inline constexpr std::int64_t kMaxHourMs = 24 * 3'600'000; ///< with the denominator's limit, products stay in 64 bits
inline constexpr std::size_t kUsualClassSize = 60;         ///< art. 14(一): more needs an approval number

/// One filed class (班期): <= 60 trainees or an approval number (art. 14(一)).
struct TrainingClass {
    ClassId id;
    InstitutionId institution;
    std::string name;
    std::string approval_number; ///< empty: none
    /// Of the competent department (art. 14, last paragraph): names and ID numbers need not be filed, and nothing that
    /// cameras see of the class leaves the terminal. Empty: an ordinary class.
    std::string confidential_document;
    Policy policy;
    std::vector<Lesson> lessons;   ///< by start time
    std::vector<Trainee> trainees; ///< by number

    const Lesson *lesson(const LessonId &id) const;
    const Trainee *trainee(const PersonId &id) const;
    std::int64_t filed_hours() const;
    bool operator==(const TrainingClass &) const = default;
};

/// Everything the comments above promise: ids present and unique, lessons by start, hours in order and not empty,
/// policy within its limits, class size. The first breach is invalid_argument and says where.
Expected<void> check(const TrainingClass &training_class);
Expected<void> check(const Policy &policy);

} // namespace xueshi::training
