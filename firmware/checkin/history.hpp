#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "firmware/core/journal/reader.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/command_bodies.hpp"
#include "firmware/core/schedule/schedule.hpp"

namespace xueshi::checkin {

/// What of the journal later decisions need: earlier punches (cooldown and alternation survive a restart), recorded
/// accommodations and the lessons already closed. Kept in memory from the start on, fed by each append. Thread-bound.
class History {
public:
    /// From the whole journal, in order of seq. `also` is shown each event, for others who need all of it.
    static Expected<History> read(journal::JournalReader &reader,
                                  const std::function<void(const record::EventBody &)> &also = {});

    /// One punch as stored; `clock` is of its moment: times of an unset clock decide nothing.
    void note(const record::Punch &punch, const Instant &at);
    void note(const record::LessonClosed &closed);
    void note(const record::Accommodation &accommodation);
    /// The bureau asked these people to show themselves again inside their lesson; their next punch there, until then,
    /// answers.
    void note(const record::Reverify &order, std::int64_t until_ms);

    /// The person's punches in this room, in order; the newest kPunchesKept of them.
    std::vector<schedule::EarlierPunch> earlier(const RoomId &room, const PersonId &person) const;
    bool is_closed(const ClassId &training_class, const LessonId &lesson) const;
    /// How many of the lesson's roster are checked in to it; 0 once it is closed.
    std::size_t present(const schedule::OpenLesson &lesson, std::span<const training::TrainingClass> classes) const;
    /// Who was asked to be verified again and has not come yet.
    std::vector<PersonId> asked(std::int64_t wall_ms) const;
    bool is_asked(const PersonId &person, std::int64_t wall_ms) const;
    /// Wall time until which the person is asked; 0: not asked, or come.
    std::int64_t asked_until(const PersonId &person) const;

    /// A lesson has a handful of a person's punches; older lessons' decide nothing.
    static constexpr std::size_t kPunchesKept = 64;

    /// What is accepted of this person instead of what the class asks: "finger", "third_factor"; empty: nothing.
    std::string accommodation(const PersonId &person) const;

private:
    void feed(const record::EventBody &body);
    void feed_command(const record::EventBody &body);

    std::map<std::pair<RoomId, PersonId>, std::deque<schedule::EarlierPunch>> punches_;
    std::set<std::pair<ClassId, LessonId>> closed_;
    std::map<PersonId, std::string> accommodations_;
    std::map<PersonId, std::int64_t> asked_; ///< until when
};

} // namespace xueshi::checkin
