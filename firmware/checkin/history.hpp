#pragma once

#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "firmware/core/journal/reader.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/schedule/schedule.hpp"

namespace xueshi::checkin {

/// What of the journal later decisions need: earlier punches (cooldown and alternation survive a restart), recorded
/// accommodations and the lessons already closed. Kept in memory from the start on, fed by each append. Thread-bound.
class History {
public:
    /// From the whole journal, in order of seq.
    static Expected<History> read(journal::JournalReader &reader);

    /// One punch as stored; `clock` is of its moment: times of an unset clock decide nothing.
    void note(const record::Punch &punch, const Instant &at);
    void note(const record::LessonClosed &closed);
    void note(const record::Accommodation &accommodation);

    /// The person's punches in this room, in order; the newest kPunchesKept of them.
    std::vector<schedule::EarlierPunch> earlier(const RoomId &room, const PersonId &person) const;
    bool is_closed(const ClassId &training_class, const LessonId &lesson) const;
    /// People who checked in to the lesson and have not checked out of it since.
    std::size_t present(const LessonId &lesson) const;

    /// A lesson has a handful of a person's punches; older lessons' decide nothing.
    static constexpr std::size_t kPunchesKept = 64;

    /// What is accepted of this person instead of what the class asks: "finger", "third_factor"; empty: nothing.
    std::string accommodation(const PersonId &person) const;

private:
    void feed(const record::EventBody &body);

    std::map<std::pair<RoomId, PersonId>, std::deque<schedule::EarlierPunch>> punches_;
    std::set<std::pair<ClassId, LessonId>> closed_;
    std::map<LessonId, std::set<PersonId>> present_;
    std::map<PersonId, std::string> accommodations_;
};

} // namespace xueshi::checkin
