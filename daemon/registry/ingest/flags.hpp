#pragma once

#include <cstdint>
#include <string>

#include "daemon/registry/store/devices.hpp"
#include "daemon/registry/store/events.hpp"
#include "daemon/rules/counting.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::registry::ingest {

/// What a bureau should know of an accepted event, in words separated by spaces: unknown_kind, source_replay,
/// source_virtual, source_paper, clock_holdover, clock_unset, clock_ran_back, key_level, malformed; of a punch
/// unscheduled, manual, manual_accommodated, other_room, unknown_trainee; of a face's enrolment photograph,
/// no_document, no_witnesses. A flag refuses nothing: whether it counts is for the rules. `latest_clock_ms` is the
/// latest time that a synchronised clock showed in the chain before this event.
std::string flags_of(store::Session &session, const store::Device &device, const rules::CountingPolicy &policy,
                     const record::EventBody &body, std::int64_t latest_clock_ms);

/// Fills the columns that events are selected by: the person and the room the body names.
void name_person_and_room(store::Event &event, const record::EventBody &body);

} // namespace xueshi::registry::ingest
