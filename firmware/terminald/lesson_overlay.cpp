#include "firmware/terminald/lesson_overlay.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

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
    std::vector<schedule::OpenLesson> shown;
    std::ranges::copy_if(open, std::back_inserter(shown), [&](const schedule::OpenLesson &one) {
        return one.lesson->start_ms() <= now.wall_ms && now.wall_ms < one.lesson->end_ms();
    });
    if (shown.empty()) {
        shown.push_back(open.front());
    }
    for (const auto &one : shown) {
        const auto *between = &one == &shown.front() ? "" : " / ";
        overlay.training_class += between + one.training_class->name;
        overlay.lesson += between + one.lesson->title;
        overlay.checked_in += static_cast<int>(history.present(one, roster.classes));
    }
    return overlay;
}

} // namespace xueshi::terminald
