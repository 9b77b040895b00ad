#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "daemon/rules/attendance.hpp"

namespace xueshi::registry::counting {

struct TraineeAttendance {
    training::Trainee trainee;
    rules::PersonAttendance attendance;
    /// Punches in the class's lessons: by evidence ("face", ...) those that count, and "pending" and "flagged";
    /// "inferred" of all these have no time of their own but bounds.
    std::map<std::string, std::int64_t> evidence;
};
struct ClassAttendance {
    training::TrainingClass training_class;
    std::map<LessonId, rules::Delivery> delivery;
    std::vector<TraineeAttendance> trainees; ///< in the roster's order
};

/// Selects a class, its people's punches and what their rooms' terminals have delivered, and lets the rules fold it.
/// not_found: no such class.
Expected<ClassAttendance> class_attendance(store::Session &session, const rules::CountingPolicy &policy,
                                           const InstitutionId &institution, const ClassId &id);

} // namespace xueshi::registry::counting
