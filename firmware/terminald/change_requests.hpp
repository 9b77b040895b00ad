#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/schedule/schedule.hpp"

namespace xueshi::terminald {

/// Changes of filed lessons that a teacher asks for at the screen. Each is an `operator_action` of the chain, whose
/// `what` is "change_requested"; it changes nothing: the plan does so by the bureau's approval alone (RULES section 3).
/// Thread-bound.
class ChangeRequests {
public:
    /// Both outlive the requests.
    ChangeRequests(record::EventSink &sink, const Clock &clock) : sink_(sink), clock_(clock) {}

    /// `arguments`: `class` and `lesson`, one of `lessons`; `change`: "time" (with `begin_ms`, the new beginning),
    /// "teacher", "place" or "not_held". Gives `seq`, and whether the same was asked for `earlier`. Error: conflict for
    /// a lesson that has begun, whose plan nobody may change any more, but for the word that it was not held;
    /// unavailable while the clock is unset.
    Expected<json::Object> request(const json::Object &arguments, const std::string &operator_name,
                                   const std::vector<schedule::OpenLesson> &lessons);
    /// An event that was in the journal before this start.
    void remember(const record::EventBody &body);
    /// The newest first, with the lesson's names where the roster still has it.
    json::Array describe(const std::vector<schedule::OpenLesson> &lessons) const;

    static constexpr std::size_t kKept = 50;

private:
    struct Entry {
        record::Sequence seq = 0;
        std::int64_t wall_ms = 0;
        std::string training_class, lesson, change;
        std::int64_t begin_ms = 0; ///< of "time" only

        bool is_same_as(const Entry &other) const {
            return training_class == other.training_class && lesson == other.lesson && change == other.change &&
                   begin_ms == other.begin_ms;
        }
    };
    static Expected<Entry> read(const json::Object &arguments);
    Expected<void> check(const Entry &entry, const std::vector<schedule::OpenLesson> &lessons) const;
    void keep(Entry entry);

    record::EventSink &sink_;
    const Clock &clock_;
    std::deque<Entry> entries_; ///< the newest last
};

} // namespace xueshi::terminald
