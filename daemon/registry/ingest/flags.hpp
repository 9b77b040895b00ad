#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "daemon/registry/store/devices.hpp"
#include "daemon/registry/store/events.hpp"
#include "daemon/rules/counting.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::registry::ingest {

/// What is known of an event's time without its own clock.
struct ClockLimits {
    std::int64_t latest_clock_ms = 0; ///< that a synchronised clock showed in the chain before; 0: none did
    std::int64_t after_ms = 0;        ///< of our newest nonce before it in the chain
    std::int64_t received_ms = 0;
};

/// Whether somebody is on a roster of the device's institution.
using IsTrainee = std::function<bool(const PersonId &)>;

/// What a bureau should know of an accepted event, in words separated by spaces: unknown_kind, source_replay,
/// source_virtual, source_paper, clock_holdover, clock_unset, clock_ran_back, clock_contradicted,
/// key_level, malformed; of a punch
/// unscheduled, manual, manual_accommodated, other_room, unknown_trainee; of a face's enrolment photograph,
/// no_document, no_witnesses, unknown_witness (an id that is on no roster of the institution). A flag refuses nothing:
/// whether it counts is for the rules.
std::string flags_of(const IsTrainee &is_trainee, const store::Device &device, const rules::CountingPolicy &policy,
                     const record::EventBody &body, const ClockLimits &limits);

/// Fills the columns that events are selected by: the person and the room the body names.
void name_person_and_room(store::Event &event, const record::EventBody &body);

} // namespace xueshi::registry::ingest
