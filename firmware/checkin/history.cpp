#include "firmware/checkin/history.hpp"

#include <algorithm>

#include "firmware/core/base/log.hpp"
#include "firmware/core/identity/command.hpp"

namespace xueshi::checkin {

Expected<History> History::read(journal::JournalReader &reader,
                                const std::function<void(const record::EventBody &)> &also) {
    History history;
    const auto end = reader.visit(0, [&](const record::StoredEvent &, const record::EventBody &body) {
        history.feed(body);
        if (also) {
            also(body);
        }
        return Expected<void>();
    });
    return end ? Expected<History>(std::move(history)) : fail(end, "read the journal's history");
}

void History::feed(const record::EventBody &body) {
    if (body.kind == record::to_string(record::EventKind::punch)) {
        if (const auto punch = record::punch_from_json(body.data)) {
            note(*punch, body.at);
            return;
        }
    } else if (body.kind == record::to_string(record::EventKind::lesson_closed)) {
        if (const auto closed = record::lesson_closed_from_json(body.data)) {
            note(*closed);
            return;
        }
    } else if (body.kind == record::to_string(record::EventKind::accommodation)) {
        if (const auto accommodation = record::accommodation_from_json(body.data)) {
            note(*accommodation);
            return;
        }
    } else if (body.kind == record::to_string(record::EventKind::command)) {
        feed_command(body);
        return;
    } else {
        return;
    }
    // Signed and chained, so it is a newer or older program's: the registry judges it, here it decides nothing.
    log::warning("history_event_not_understood", {{"seq", body.seq}, {"kind", body.kind}});
}

/// It was verified before it was journaled; what is no order to be verified again says nothing here.
void History::feed_command(const record::EventBody &body) {
    const auto document = identity::command_from_data(body.data);
    const auto command = document ? identity::read_command(*document) : tl::unexpected<Error>(document.error());
    if (command && command->kind == record::to_string(record::CommandKind::reverify)) {
        if (const auto order = record::reverify_from_json(command->arguments)) {
            note(*order, command->expires_ms);
        }
    }
}

void History::note(const record::Punch &punch, const Instant &at) {
    if (punch.reverification) {
        asked_.erase(punch.person);
    }
    if (at.quality == ClockQuality::unset) {
        return;
    }
    auto &punches = punches_[{punch.room, punch.person}];
    punches.push_back(schedule::EarlierPunch{at.wall_ms, punch.reverification});
    if (punches.size() > kPunchesKept) {
        punches.pop_front();
    }
}

void History::note(const record::LessonClosed &closed) {
    closed_.insert({closed.training_class, closed.lesson});
}

void History::note(const record::Accommodation &accommodation) {
    if (accommodation.given) {
        accommodations_[accommodation.person] = accommodation.instead;
    } else {
        accommodations_.erase(accommodation.person);
    }
}

void History::note(const record::Reverify &order, std::int64_t until_ms) {
    for (const PersonId &person : order.people) {
        asked_[person] = std::max(asked_[person], until_ms);
    }
}

std::vector<PersonId> History::asked(std::int64_t wall_ms) const {
    std::vector<PersonId> people;
    for (const auto &[person, until_ms] : asked_) {
        if (wall_ms < until_ms) {
            people.push_back(person);
        }
    }
    return people;
}

bool History::is_asked(const PersonId &person, std::int64_t wall_ms) const {
    return wall_ms < asked_until(person);
}

std::int64_t History::asked_until(const PersonId &person) const {
    const auto found = asked_.find(person);
    return found == asked_.end() ? 0 : found->second;
}

std::string History::accommodation(const PersonId &person) const {
    const auto found = accommodations_.find(person);
    return found == accommodations_.end() ? std::string() : found->second;
}

std::vector<schedule::EarlierPunch> History::earlier(const RoomId &room, const PersonId &person) const {
    const auto found = punches_.find({room, person});
    if (found == punches_.end()) {
        return {};
    }
    return {found->second.begin(), found->second.end()};
}

bool History::is_closed(const ClassId &training_class, const LessonId &lesson) const {
    return closed_.contains({training_class, lesson});
}

std::size_t History::present(const schedule::OpenLesson &lesson,
                             std::span<const training::TrainingClass> classes) const {
    if (is_closed(lesson.training_class->id, lesson.lesson->id)) {
        return 0;
    }
    return static_cast<std::size_t>(
        std::ranges::count_if(lesson.training_class->trainees, [&](const training::Trainee &trainee) {
            return schedule::is_checked_in(lesson, classes, trainee.id, earlier(lesson.lesson->room, trainee.id));
        }));
}

} // namespace xueshi::checkin
