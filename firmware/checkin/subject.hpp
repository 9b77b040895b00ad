#pragma once

#include "firmware/checkin/history.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/roster/roster.hpp"
#include "firmware/recorder/recorder.hpp"

namespace xueshi::checkin {

/// Whom: by id, or by the roster's number (with the class when the number is not unique on the terminal).
struct Subject {
    PersonId person;
    ClassId training_class;
    std::string number;
};

/// Error: unavailable without a roster; not_found; invalid_argument when a number belongs to several people.
Expected<PersonId> find_person(const roster::Roster *roster, const Subject &subject);

/// What a punch of this person means now. Under an unset clock it names no lesson: the registry assigns it when the
/// time is known.
schedule::Decision decide(const roster::Roster &roster, const History &history, const PersonId &person,
                          const Instant &now);

/// A clip about this moment; empty when nothing records.
MediaId start_clip(recorder::Recorder *recorder, const Instant &now);

/// Appends a fact, a second time with the same id when the first answer was an error: it may be on disk already.
Expected<record::Sequence> journal(record::EventSink &sink, const Clock &clock, record::EventKind kind,
                                   record::Source source, json::Object data);

} // namespace xueshi::checkin
