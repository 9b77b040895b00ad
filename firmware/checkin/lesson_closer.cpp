#include "firmware/checkin/lesson_closer.hpp"

#include "firmware/core/base/log.hpp"

namespace xueshi::checkin {

namespace {

/// Each is an fsync, and the terminal has other work: a replaced one finds hundreds of lessons that are over.
constexpr int kMostAtOnce = 5;

} // namespace

void LessonCloser::tick(const roster::Roster &roster) {
    const auto now = clock_.now();
    if (now.quality == ClockQuality::unset) {
        return;
    }
    int closed = 0;
    for (const auto &training_class : roster.classes) {
        for (const auto &lesson : training_class.lessons) {
            const auto window_end = lesson.end_ms() + training_class.policy.closes_after_ms;
            if (lesson.room == roster.room && now.wall_ms > window_end &&
                !history_.is_closed(training_class.id, lesson.id)) {
                if (++closed > kMostAtOnce) {
                    return;
                }
                close(record::LessonClosed{training_class.id, lesson.id, lesson.room, window_end}, now);
            }
        }
    }
}

void LessonCloser::close(const record::LessonClosed &closed, const Instant &now) {
    const std::pair key{closed.training_class, closed.lesson};
    auto [entry, made] = unsaved_.try_emplace(key);
    if (made) {
        entry->second.id = Uuid::v7(now.wall_ms);
        entry->second.kind = record::EventKind::lesson_closed;
        entry->second.at = now;
        entry->second.data = record::to_json(closed);
    }
    const auto seq = sink_.append(entry->second);
    if (!seq) {
        log::error("lesson_closed_not_saved", {{"lesson", closed.lesson}, log::Field(seq.error())});
        return;
    }
    unsaved_.erase(entry);
    history_.note(closed);
    log::info("lesson_closed", {{"class", closed.training_class}, {"lesson", closed.lesson}, {"seq", *seq}});
}

} // namespace xueshi::checkin
