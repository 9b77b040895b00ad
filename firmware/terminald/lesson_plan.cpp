#include "firmware/terminald/lesson_plan.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

namespace xueshi::terminald {

namespace {

constexpr std::int64_t kDayMs = 24 * 3'600'000;
/// A film begins at the first key frame of its span: so much of a window may be lost.
constexpr std::int64_t kKeyFrameMs = 2'000;

/// A stretch of one lesson that is to be filmed.
struct Wanted {
    std::int64_t start_ms, end_ms;
    record::LessonRef lesson;
};

/// A third of the window each at the start, in the middle and at the end of the hour; a short hour is filmed whole.
void want_windows(const training::ClassHour &hour, std::int64_t window_ms, const record::LessonRef &ref,
                  std::vector<Wanted> &wanted) {
    const auto length = hour.end_ms - hour.start_ms;
    const auto third = window_ms / 3 + kKeyFrameMs;
    if (length <= 3 * third) {
        wanted.push_back({hour.start_ms, hour.end_ms, ref});
        return;
    }
    for (const auto start : {hour.start_ms, hour.start_ms + (length - third) / 2, hour.end_ms - third}) {
        wanted.push_back({start, start + third, ref});
    }
}

void want(const training::Lesson &lesson, const FilmPolicy &policy, const record::LessonRef &ref,
          std::vector<Wanted> &wanted) {
    for (std::size_t i = 0; i < lesson.hours.size(); ++i) {
        const auto &hour = lesson.hours[i];
        if (policy.windows) {
            want_windows(hour, policy.window_ms, ref, wanted);
        } else { // with the pause behind it
            const auto end = i + 1 < lesson.hours.size() ? lesson.hours[i + 1].start_ms : hour.end_ms;
            wanted.push_back({hour.start_ms, end, ref});
        }
    }
}

} // namespace

recorder::Plan plan_films(std::span<const training::TrainingClass> classes, const RoomId &room,
                          const FilmPolicy &policy, std::int64_t wall_ms) {
    std::vector<Wanted> wanted;
    for (const auto &training_class : classes) {
        for (const auto &lesson : training_class.lessons) {
            if (lesson.room == room && lesson.end_ms() > wall_ms - kDayMs && lesson.start_ms() < wall_ms + 2 * kDayMs) {
                want(lesson, policy, {training_class.id, lesson.id}, wanted);
            }
        }
    }
    std::set<std::int64_t> cuts;
    for (const auto &piece : wanted) {
        cuts.insert({piece.start_ms, piece.end_ms});
    }
    recorder::Plan plan;
    for (auto cut = cuts.begin(); cut != cuts.end() && std::next(cut) != cuts.end(); ++cut) {
        recorder::Span span{*cut, *std::next(cut), room, {}};
        for (const auto &piece : wanted) {
            const bool held = piece.start_ms <= span.start_ms && span.end_ms <= piece.end_ms;
            if (held && span.lessons.size() < record::kMaxVideoLessons) {
                span.lessons.push_back(piece.lesson);
            }
        }
        if (!span.lessons.empty()) {
            plan.push_back(std::move(span));
        }
    }
    return plan;
}

recorder::Plan film_everything(const RoomId &room) {
    return {{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), room, {}}};
}

std::int64_t owed_ms(const training::Lesson &lesson) {
    std::int64_t owed = 0;
    for (const auto &hour : lesson.hours) {
        owed += std::min(kOwedMs, hour.end_ms - hour.start_ms);
    }
    return owed;
}

} // namespace xueshi::terminald
