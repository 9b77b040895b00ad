#include "daemon/rules/attendance.hpp"

#include <algorithm>

namespace xueshi::rules {

namespace {

using schedule::OpenLesson;

/// One person's lessons with all that bears on them.
struct Situation {
    std::vector<training::TrainingClass> classes; ///< the person's
    std::vector<const ClassInput *> inputs;       ///< same order
    std::vector<TimedPunch> punches;              ///< the person's, in order
    PersonId person;

    LessonFacts facts(std::size_t which, const LessonId &lesson) const {
        const auto found = inputs[which]->lessons.find(lesson);
        return found == inputs[which]->lessons.end() ? LessonFacts{} : found->second;
    }
    Presence presence_in(std::size_t which, const training::Lesson &lesson) const {
        const auto known = facts(which, lesson.id);
        return known.held ? presence({&classes[which], &lesson}, classes, known.delivery, punches) : Presence{};
    }
};

bool overlap(const training::Lesson &a, const training::Lesson &b) {
    return a.start_ms() < b.end_ms() && b.start_ms() < a.end_ms();
}

/// Proved in this lesson and in another at the same time: one of the two is wrong (RULES section 2).
Intervals in_two_places(const Situation &situation, const training::Lesson &lesson, const Intervals &proved) {
    Intervals doubtful;
    for (std::size_t i = 0; i < situation.classes.size() && !proved.empty(); ++i) {
        for (const auto &other : situation.classes[i].lessons) {
            if (&other != &lesson && overlap(lesson, other)) {
                doubtful = united(doubtful, common(proved, situation.presence_in(i, other).proved));
            }
        }
    }
    return doubtful;
}

GapReason why_possible(const Situation &situation, const OpenLesson &open, Delivery delivery, bool doubtful) {
    if (delivery == Delivery::no_terminal) {
        return GapReason::no_terminal;
    }
    if (delivery == Delivery::outstanding) {
        return GapReason::not_delivered;
    }
    if (doubtful) {
        return GapReason::overlap;
    }
    const auto any = [&](auto what) {
        return std::ranges::any_of(situation.punches, [&](const TimedPunch &punch) {
            return punch.standing != Standing::flagged && concerns(open, punch) && what(punch);
        });
    };
    if (any([](const TimedPunch &punch) { return punch.standing == Standing::pending; })) {
        return GapReason::pending;
    }
    const bool uncertain = any([](const TimedPunch &punch) { return punch.earliest_ms != punch.latest_ms; });
    return uncertain ? GapReason::uncertain_time : GapReason::incomplete_punches;
}

void add_lesson(PersonAttendance &result, const Situation &situation, std::size_t which, const training::Lesson &lesson,
                const CountingPolicy &counting) {
    const auto &training_class = situation.classes[which];
    const auto facts = situation.facts(which, lesson.id);
    LessonAttendance attended{lesson.id, facts.held, situation.presence_in(which, lesson), {}, {}};
    auto &presence = attended.presence;
    const auto doubtful = in_two_places(situation, lesson, presence.proved);
    presence.proved = without(presence.proved, doubtful);
    presence.unproven = united(presence.unproven, doubtful);

    std::int64_t open_hours = 0, not_held = 0;
    for (const auto &hour : lesson.hours) {
        const bool counts = hour_counts(counting, hour);
        const auto state = !counts      ? HourState::not_counted
                           : facts.held ? hour_state(hour, training_class.policy, presence)
                                        : HourState::absent;
        attended.hours.push_back(state);
        attended.evidence.push_back(state == HourState::proved ? evidence_of(hour, presence)
                                                               : std::vector<record::Evidence>{});
        result.not_counted += !counts;
        not_held += counts && !facts.held;
        result.proved += state == HourState::proved;
        open_hours += state == HourState::possible;
    }
    result.possible += open_hours; // the proved ones are added once, at the end
    result.not_held += not_held;
    if (open_hours > 0) {
        const auto reason = why_possible(situation, {&training_class, &lesson}, facts.delivery, !doubtful.empty());
        result.gaps.push_back({lesson.id, reason, open_hours});
    }
    if (not_held > 0) {
        result.gaps.push_back({lesson.id, GapReason::not_held, not_held});
    }
    result.lessons.push_back(std::move(attended));
}

} // namespace

std::string_view to_string(GapReason reason) {
    switch (reason) {
    case GapReason::not_delivered:
        return "not_delivered";
    case GapReason::no_terminal:
        return "no_terminal";
    case GapReason::overlap:
        return "overlap";
    case GapReason::pending:
        return "pending";
    case GapReason::uncertain_time:
        return "uncertain_time";
    case GapReason::incomplete_punches:
        return "incomplete_punches";
    case GapReason::not_held:
        return "not_held";
    }
    return "not_delivered";
}

std::string_view mended_by(GapReason reason) {
    // The institution can deliver a terminal's records and make up a lesson; all else is the bureau's decision.
    const bool institution = reason == GapReason::not_delivered || reason == GapReason::not_held;
    return institution ? "institution" : "bureau";
}

PersonAttendance attendance(std::span<const ClassInput> classes, std::size_t which, std::span<const TimedPunch> punches,
                            const CountingPolicy &counting, const PersonId &person) {
    Situation situation;
    situation.person = person;
    std::size_t own = 0;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        if (i == which || classes[i].training_class.trainee(person) != nullptr) {
            own = i == which ? situation.inputs.size() : own;
            situation.inputs.push_back(&classes[i]);
            situation.classes.push_back(classes[i].training_class);
        }
    }
    std::vector<TimedPunch> mine;
    std::ranges::copy_if(punches, std::back_inserter(mine), [&](const auto &punch) { return punch.person == person; });
    situation.punches = in_order(mine);

    PersonAttendance result;
    result.person = person;
    result.filed = situation.classes[own].filed_hours();
    for (const auto &lesson : situation.classes[own].lessons) {
        add_lesson(result, situation, own, lesson, counting);
    }
    result.possible += result.proved;
    const auto denominator = std::max<std::int64_t>(result.filed, 1);
    result.rate_proved = Fraction::of(result.proved, denominator);
    result.rate_possible = Fraction::of(result.possible, denominator);
    result.exam = exam(result.proved, result.possible, result.not_held, result.filed);
    result.ratio_proved = subsidy_ratio(result.proved, result.filed);
    result.ratio_possible = subsidy_ratio(result.possible, result.filed);
    return result;
}

PersonAttendance attendance(const ClassInput &input, std::span<const TimedPunch> punches,
                            const CountingPolicy &counting, const PersonId &person) {
    return attendance(std::span(&input, 1), 0, punches, counting, person);
}

} // namespace xueshi::rules
