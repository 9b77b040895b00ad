#include "firmware/terminald/lesson_overlay.hpp"

#include <algorithm>

#include "firmware/core/schedule/schedule.hpp"

namespace xueshi::terminald {

camera::Overlay lesson_overlay(const roster::Roster &roster, const checkin::History &history, const Instant &now) {
    camera::Overlay overlay;
    overlay.institution = roster.institution_name;
    overlay.clock = now.quality;
    if (now.quality == ClockQuality::unset) {
        return overlay;
    }
    const auto open = schedule::open_lessons(roster.classes, roster.room, now.wall_ms);
    if (open.empty()) {
        return overlay;
    }
    const auto held = std::ranges::find_if(open, [&](const schedule::OpenLesson &one) {
        return one.lesson->start_ms() <= now.wall_ms && now.wall_ms < one.lesson->end_ms();
    });
    const auto &shown = held == open.end() ? open.front() : *held;
    overlay.training_class = shown.training_class->name;
    overlay.lesson = shown.lesson->title;
    overlay.checked_in = static_cast<int>(history.present(shown, roster.classes));
    return overlay;
}

} // namespace xueshi::terminald
