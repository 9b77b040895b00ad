#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string_view>

#include "firmware/core/training/training.hpp"

namespace xueshi::rules {

/// Whether the terminals of a lesson's room have told all they know of it (RULES section 2).
enum class Delivery {
    outstanding, ///< a terminal may still hold punches: everything not proved is possible
    delivered,
    no_terminal, ///< no terminal stood there: wholly unproven
    lost,        ///< the bureau decided, with a date, that the record is lost: as delivered
};
std::string_view to_string(Delivery delivery);

/// What a registry knows of one chain of a terminal of the room, or of a piece of one: what was lost, or may have been
/// where one chain ended and the next began (salvage), is a piece of its own with an end.
struct ChainState {
    /// No event of the chain is older than this; a chain that began after a lesson's window says nothing about it.
    std::int64_t since_ms = std::numeric_limits<std::int64_t>::min();
    /// No event of it is younger than this; a lesson that began later is no concern of a chain that ended.
    std::int64_t until_ms = std::numeric_limits<std::int64_t>::max();
    /// The earliest time the last acknowledged event can have happened at.
    std::int64_t certainly_until_ms = std::numeric_limits<std::int64_t>::min();
    /// From its lesson_closed events, those only that certainly happened after that window: its end.
    std::map<LessonId, std::int64_t> closed_window_end_ms;
    bool gap_open = false;    ///< a sequence number before the last acknowledged one is missing
    bool quarantined = false; ///< its events are kept, its hours stay possible
};

/// `delivered` when every chain is without a gap and quarantine, and has closed this lesson for (at least) its present
/// window or has an event certainly later than the window.
Delivery delivery(const training::Lesson &lesson, const training::Policy &policy,
                  std::span<const ChainState> chains_of_room);

} // namespace xueshi::rules
