#include "daemon/rules/attendance.hpp"

namespace xueshi::rules {

std::string_view to_string(Exam exam) {
    switch (exam) {
    case Exam::yes:
        return "yes";
    case Exam::no:
        return "no";
    case Exam::undecided:
        return "undecided";
    }
    return "undecided";
}

Exam exam(std::int64_t proved, std::int64_t possible, std::int64_t not_held, std::int64_t filed) {
    if (filed <= 0) {
        return Exam::undecided; // no plan yet: missing data, never a "no"
    }
    // Art. 14(四): below 70 % of the filed hours no exam; hours the institution did not hold are not the trainee's
    // absence.
    if (proved * 10 >= filed * 7) {
        return Exam::yes;
    }
    return (possible + not_held) * 10 < filed * 7 ? Exam::no : Exam::undecided;
}

Fraction subsidy_ratio(std::int64_t hours, std::int64_t filed) {
    // Art. 15: from 90 % in full, from 70 % pro rata.
    if (filed <= 0 || hours * 10 < filed * 7) {
        return {};
    }
    return hours * 10 >= filed * 9 ? Fraction{1, 1} : Fraction::of(hours, filed);
}

} // namespace xueshi::rules
