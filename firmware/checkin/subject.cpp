#include "firmware/checkin/subject.hpp"

#include <set>

#include <fmt/format.h>

namespace xueshi::checkin {

namespace {

std::set<PersonId> matching(const roster::Roster &roster, const Subject &subject) {
    std::set<PersonId> found;
    for (const auto &training_class : roster.classes) {
        if (!subject.training_class.empty() && training_class.id != subject.training_class) {
            continue;
        }
        for (const auto &trainee : training_class.trainees) {
            if (subject.person.empty() ? trainee.number == subject.number : trainee.id == subject.person) {
                found.insert(trainee.id);
            }
        }
    }
    return found;
}

} // namespace

Expected<PersonId> find_person(const roster::Roster *roster, const Subject &subject) {
    if (roster == nullptr) {
        return fail(ErrorCode::unavailable, "the terminal has no roster yet");
    }
    const auto found = matching(*roster, subject);
    if (found.empty()) {
        return fail(ErrorCode::not_found, fmt::format("no trainee {} on this terminal's roster",
                                                      subject.person.empty() ? subject.number : subject.person.str()));
    }
    if (found.size() > 1) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("number {} belongs to people of several classes: name the class too", subject.number));
    }
    return *found.begin();
}

schedule::Decision decide(const roster::Roster &roster, const History &history, const PersonId &person,
                          const Instant &now) {
    if (now.quality == ClockQuality::unset) {
        return {};
    }
    const auto earlier = history.earlier(roster.room, person);
    return schedule::decide(roster.classes, roster.room, person, earlier, now.wall_ms);
}

MediaId start_clip(recorder::Recorder *recorder, const Instant &now) {
    return recorder == nullptr ? MediaId{} : recorder->start_clip(now);
}

Expected<record::Sequence> journal(record::EventSink &sink, const Clock &clock, record::EventKind kind,
                                   record::Source source, json::Object data) {
    record::EventDraft draft;
    draft.at = clock.now();
    draft.id = Uuid::v7(draft.at.wall_ms);
    draft.kind = kind;
    draft.source = std::move(source);
    draft.data = std::move(data);
    auto seq = sink.append(draft);
    if (!seq) {
        seq = sink.append(draft);
    }
    if (!seq) {
        return fail(seq, fmt::format("journal {}", record::to_string(kind)));
    }
    return seq;
}

} // namespace xueshi::checkin
