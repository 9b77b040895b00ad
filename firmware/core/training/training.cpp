#include "firmware/core/training/training.hpp"

#include <algorithm>
#include <set>

namespace xueshi::training {

std::string_view to_string(Factor factor) {
    switch (factor) {
    case Factor::face:
        return "face";
    case Factor::finger:
        return "finger";
    case Factor::face_or_finger:
        return "face_or_finger";
    case Factor::face_and_finger:
        return "face_and_finger";
    }
    return "face_or_finger";
}

Expected<Factor> parse_factor(std::string_view text) {
    for (const auto factor : {Factor::face, Factor::finger, Factor::face_or_finger, Factor::face_and_finger}) {
        if (text == to_string(factor)) {
            return factor;
        }
    }
    return fail(ErrorCode::invalid_argument,
                "factor \"" + std::string(text) + "\" is not face, finger, face_or_finger or face_and_finger");
}

const Lesson *TrainingClass::lesson(const LessonId &wanted) const {
    const auto found = std::ranges::find(lessons, wanted, &Lesson::id);
    return found == lessons.end() ? nullptr : &*found;
}

const Trainee *TrainingClass::trainee(const PersonId &wanted) const {
    const auto found = std::ranges::find(trainees, wanted, &Trainee::id);
    return found == trainees.end() ? nullptr : &*found;
}

std::int64_t TrainingClass::filed_hours() const {
    std::int64_t count = 0;
    for (const auto &lesson : lessons) {
        count += static_cast<std::int64_t>(lesson.hours.size());
    }
    return count;
}

namespace {

tl::unexpected<Error> breach(std::string message) {
    return fail(ErrorCode::invalid_argument, std::move(message));
}

Expected<void> check_hours(const Lesson &lesson) {
    const auto where = "lesson " + lesson.id.str() + ": ";
    if (lesson.hours.empty()) {
        return breach(where + "no class hour");
    }
    for (std::size_t i = 0; i < lesson.hours.size(); ++i) {
        const auto &hour = lesson.hours[i];
        const auto name = where + "class hour " + std::to_string(i + 1);
        if (hour.end_ms <= hour.start_ms || hour.end_ms - hour.start_ms > kMaxHourMs) {
            return breach(name + " must end after its start and last at most 24 hours");
        }
        if (i > 0 && hour.start_ms < lesson.hours[i - 1].end_ms) {
            return breach(name + " begins before the one before it ends");
        }
    }
    return {};
}

Expected<void> check_lessons(const TrainingClass &training_class) {
    std::set<LessonId> seen;
    std::int64_t previous_start = 0;
    for (const auto &lesson : training_class.lessons) {
        if (lesson.id.empty() || !seen.insert(lesson.id).second) {
            return breach("lesson id \"" + lesson.id.str() + "\" is empty or used twice");
        }
        if (lesson.room.empty()) {
            return breach("lesson " + lesson.id.str() + ": no room");
        }
        if (auto hours = check_hours(lesson); !hours) {
            return hours;
        }
        if (seen.size() > 1 && lesson.start_ms() < previous_start) {
            return breach("lesson " + lesson.id.str() + " stands after a later one");
        }
        previous_start = lesson.start_ms();
    }
    return {};
}

Expected<void> check_trainees(const TrainingClass &training_class) {
    std::set<PersonId> ids;
    std::set<std::string> numbers;
    for (const auto &trainee : training_class.trainees) {
        if (trainee.number.empty() || !numbers.insert(trainee.number).second) {
            return breach("trainee number \"" + trainee.number + "\" is empty or used twice");
        }
        if (trainee.id.empty() || !ids.insert(trainee.id).second) {
            return breach("trainee " + trainee.number + ": id is empty or used twice");
        }
        if (trainee.name.empty()) {
            return breach("trainee " + trainee.number + ": no name");
        }
    }
    if (training_class.trainees.size() > kUsualClassSize && training_class.approval_number.empty()) {
        return breach("more than 60 trainees need an approval number (art. 14(1))");
    }
    return {};
}

} // namespace

Expected<void> check(const Policy &policy) {
    const auto in_range = [](std::int64_t value) { return value >= 0 && value <= kMaxWindowMs; };
    if (!in_range(policy.opens_before_ms) || !in_range(policy.closes_after_ms) || !in_range(policy.cooldown_ms)) {
        return breach("policy: opens_before, closes_after and cooldown are between 0 and 24 hours");
    }
    if (policy.tolerance_denominator < 1 || policy.tolerance_denominator > kMaxToleranceDenominator ||
        policy.tolerance_numerator < 0 || policy.tolerance_numerator > policy.tolerance_denominator) {
        return breach("policy: tolerance is a fraction between 0 and 1, its denominator at most 1000000");
    }
    return {};
}

Expected<void> check(const TrainingClass &training_class) {
    if (training_class.id.empty() || training_class.institution.empty()) {
        return breach("a class needs its own id and its institution's");
    }
    if (auto policy = check(training_class.policy); !policy) {
        return policy;
    }
    if (auto lessons = check_lessons(training_class); !lessons) {
        return lessons;
    }
    return check_trainees(training_class);
}

} // namespace xueshi::training
