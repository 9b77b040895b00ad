#include "firmware/core/schedule/schedule.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <utility>

namespace xueshi::schedule {

using record::Direction;
using training::Lesson;
using training::TrainingClass;

namespace {

bool is_open(const Lesson &lesson, const training::Policy &policy, std::int64_t wall_ms) {
    return wall_ms >= lesson.start_ms() - policy.opens_before_ms && wall_ms <= lesson.end_ms() + policy.closes_after_ms;
}

/// An earlier lesson that has not ended keeps the punch from one that has not begun.
bool must_wait(const OpenLesson &candidate, const std::vector<OpenLesson> &open, std::int64_t wall_ms) {
    const auto start = candidate.lesson->start_ms();
    return wall_ms < start && std::ranges::any_of(
                                  open,
                                  [&](const OpenLesson &other) {
                                      return other.lesson->start_ms() < start && wall_ms < other.lesson->end_ms();
                                  });
}

std::vector<OpenLesson> belonging(std::span<const TrainingClass> classes, const RoomId &room, const PersonId &person,
                                  std::int64_t wall_ms) {
    return lessons_of_punch(open_lessons(classes, room, person, wall_ms), wall_ms);
}

std::vector<EarlierPunch> punches_in(const OpenLesson &open, std::span<const TrainingClass> classes,
                                     const PersonId &person, std::span<const EarlierPunch> earlier) {
    std::vector<EarlierPunch> punches;
    for (const auto &punch : earlier) {
        if (!is_open(*open.lesson, open.training_class->policy, punch.wall_ms)) {
            continue; // most of them, and told without a look at every other lesson
        }
        const auto lessons = belonging(classes, open.lesson->room, person, punch.wall_ms);
        if (std::ranges::find(lessons, open.lesson, &OpenLesson::lesson) != lessons.end()) {
            punches.push_back(punch);
        }
    }
    return punches;
}

Direction direction_in(const OpenLesson &open, std::span<const TrainingClass> classes, const PersonId &person,
                       std::span<const EarlierPunch> earlier, std::int64_t wall_ms) {
    auto punches = punches_in(open, classes, person, earlier);
    punches.push_back({.wall_ms = wall_ms});
    return directions(*open.lesson, open.training_class->policy, punches).back();
}

} // namespace

std::vector<OpenLesson> open_lessons(std::span<const TrainingClass> classes, const RoomId &room, std::int64_t wall_ms) {
    std::vector<OpenLesson> open;
    for (const auto &training_class : classes) {
        for (const auto &lesson : training_class.lessons) {
            if (lesson.room == room && is_open(lesson, training_class.policy, wall_ms)) {
                open.push_back({&training_class, &lesson});
            }
        }
    }
    std::ranges::sort(open, {}, [](const OpenLesson &o) { return std::pair(o.lesson->start_ms(), o.lesson->id); });
    return open;
}

std::vector<OpenLesson> open_lessons(std::span<const TrainingClass> classes, const RoomId &room, const PersonId &person,
                                     std::int64_t wall_ms) {
    auto open = open_lessons(classes, room, wall_ms);
    std::erase_if(open, [&](const OpenLesson &o) { return o.training_class->trainee(person) == nullptr; });
    return open;
}

std::vector<OpenLesson> lessons_of_punch(std::vector<OpenLesson> open, std::int64_t wall_ms) {
    const auto all = open;
    std::erase_if(open, [&](const OpenLesson &candidate) { return must_wait(candidate, all, wall_ms); });
    return open;
}

std::vector<PersonId> search_scope(std::span<const TrainingClass> classes, const RoomId &room, std::int64_t wall_ms) {
    const auto open = open_lessons(classes, room, wall_ms);
    if (open.empty()) {
        return everybody(classes);
    }
    std::set<PersonId> people;
    for (const auto &lesson : open) {
        for (const auto &trainee : lesson.training_class->trainees) {
            people.insert(trainee.id);
        }
    }
    return {people.begin(), people.end()};
}

std::vector<PersonId> everybody(std::span<const TrainingClass> classes) {
    std::set<PersonId> people;
    for (const auto &training_class : classes) {
        for (const auto &trainee : training_class.trainees) {
            people.insert(trainee.id);
        }
    }
    return {people.begin(), people.end()};
}

std::vector<Direction> directions(const Lesson &lesson, const training::Policy &policy,
                                  std::span<const EarlierPunch> punches) {
    std::vector<Direction> result;
    std::optional<std::int64_t> last_ms;
    bool in = false;
    for (const auto &punch : punches) {
        if (punch.reverification) {
            result.push_back(Direction::moment);
            continue;
        }
        // A clock set back gives a negative distance: its size counts, not its sign.
        const bool cooling = last_ms && std::abs(punch.wall_ms - *last_ms) < policy.cooldown_ms;
        const bool early = in && punch.wall_ms < lesson.start_ms();
        last_ms = punch.wall_ms;
        if (punch.wall_ms >= lesson.end_ms()) {
            in = false;
            result.push_back(Direction::check_out);
        } else if (cooling || early) {
            result.push_back(Direction::moment);
        } else {
            in = !in;
            result.push_back(in ? Direction::check_in : Direction::check_out);
        }
    }
    return result;
}

std::vector<LessonPunch> punches_of(const OpenLesson &open, std::span<const TrainingClass> classes,
                                    const PersonId &person, std::span<const EarlierPunch> earlier) {
    const auto punches = punches_in(open, classes, person, earlier);
    const auto folded = directions(*open.lesson, open.training_class->policy, punches);
    std::vector<LessonPunch> found;
    found.reserve(punches.size());
    for (std::size_t i = 0; i < punches.size(); ++i) {
        found.push_back({punches[i].wall_ms, folded[i]});
    }
    return found;
}

bool is_checked_in(const OpenLesson &open, std::span<const TrainingClass> classes, const PersonId &person,
                   std::span<const EarlierPunch> earlier) {
    auto punches = punches_of(open, classes, person, earlier);
    std::erase_if(punches, [](const LessonPunch &punch) { return punch.direction == Direction::moment; });
    return !punches.empty() && punches.back().direction == Direction::check_in;
}

Decision decide(std::span<const TrainingClass> classes, const RoomId &room, const PersonId &person,
                std::span<const EarlierPunch> earlier, std::int64_t wall_ms) {
    const auto lessons = belonging(classes, room, person, wall_ms);
    if (lessons.empty()) {
        return {};
    }
    const auto ended = [&](const OpenLesson &open) { return open.lesson->end_ms() <= wall_ms; };
    const auto running = std::ranges::find_if_not(lessons, ended);
    const auto last_ended = std::ranges::find_if(lessons.rbegin(), lessons.rend(), ended);
    const auto &named = running != lessons.end() ? *running : lessons.back();
    const auto direction = direction_in(named, classes, person, earlier, wall_ms);
    if (running != lessons.end() && last_ended != lessons.rend() && direction == Direction::check_in) {
        return {last_ended->training_class->id, last_ended->lesson->id, Direction::both};
    }
    return {named.training_class->id, named.lesson->id, direction};
}

} // namespace xueshi::schedule
