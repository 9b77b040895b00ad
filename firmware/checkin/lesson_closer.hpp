#pragma once

#include <map>
#include <utility>

#include "firmware/checkin/history.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/roster/roster.hpp"

namespace xueshi::checkin {

/// Appends `lesson_closed` once for each lesson of this room whose end window has passed: after it the registry knows
/// that everything this terminal has of the lesson was delivered. Thread-bound.
class LessonCloser {
public:
    /// All outlive the closer.
    LessonCloser(record::EventSink &sink, const Clock &clock, History &history)
        : sink_(sink), clock_(clock), history_(history) {}

    /// Call now and then. Does nothing while the clock is unset; an append that failed is tried again with its id.
    void tick(const roster::Roster &roster);

private:
    void close(const record::LessonClosed &closed, const Instant &now);

    record::EventSink &sink_;
    const Clock &clock_;
    History &history_;
    std::map<std::pair<ClassId, LessonId>, record::EventDraft> unsaved_;
};

} // namespace xueshi::checkin
