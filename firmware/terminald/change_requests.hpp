#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/schedule/schedule.hpp"

namespace xueshi::terminald {

/// Changes of filed lessons that a teacher asks for at the screen, and that the bureau decides. Thread-bound.
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
        record::ChangeRequest asked;
    };
    static Expected<record::ChangeRequest> read(const json::Object &arguments, const std::string &operator_name);
    Expected<void> check(const record::ChangeRequest &asked, const std::vector<schedule::OpenLesson> &lessons) const;
    void keep(Entry entry);

    record::EventSink &sink_;
    const Clock &clock_;
    std::deque<Entry> entries_; ///< the newest last
};

} // namespace xueshi::terminald
