#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "daemon/rules/counting.hpp"
#include "daemon/rules/delivery.hpp"
#include "daemon/rules/intervals.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/schedule/schedule.hpp"

namespace xueshi::rules {

/// One punch as the registry holds it; it happened somewhere in [earliest, latest], which are equal when the clock was
/// good.
struct TimedPunch {
    PersonId person;
    RoomId room; ///< where the terminal stood
    ChainId chain;
    record::Sequence seq = 0; ///< orders punches of one chain, whatever its clock said
    std::int64_t earliest_ms = 0;
    std::int64_t latest_ms = 0;
    record::Evidence evidence = record::Evidence::face;
    Standing standing = Standing::counts;
    bool reverification = false; ///< asked for inside a lesson: positive evidence of the moment
    bool clock_ran_back = false; ///< an earlier time than an event before it: told, and changes no hours
    bool operator==(const TimedPunch &) const = default;
};

/// Each chain by seq; chains merged by time bracket. The order of `punches` does not matter.
std::vector<TimedPunch> in_order(std::span<const TimedPunch> punches);

/// Whether the punch was made in the lesson's room and may lie in its window.
bool concerns(const schedule::OpenLesson &lesson, const TimedPunch &punch);

/// The two punches that prove the time between them: a check-in and what closed it (a check-out, or the last evidence).
struct Proof {
    Interval interval; ///< not clipped
    TimedPunch opened, closed;
    bool operator==(const Proof &) const = default;
};

/// Presence of one person in one lesson, clipped to it: proved and unproven time, disjoint; the rest is absence.
struct Presence {
    Intervals proved, unproven;
    std::vector<Proof> proofs = {}; ///< what the proved time rests on, in order
    bool operator==(const Presence &) const = default;
};

/// Folds one person's punches, all rooms, in_order. `person_classes`: every class the person is in (a pointer's target
/// is one of them), since a punch between two lessons belongs to both. RULES section 1.
Presence presence(const schedule::OpenLesson &lesson, std::span<const training::TrainingClass> person_classes,
                  Delivery delivery, std::span<const TimedPunch> punches);

enum class HourState { absent, possible, proved, not_counted };
std::string_view to_string(HourState state);
/// Section 2: proved when presence misses at most the tolerance; possible when it would be if the unproven were.
HourState hour_state(const training::ClassHour &hour, const training::Policy &policy, const Presence &presence);
/// The classes of evidence that the presence proved within the hour rests on, each once, in the enumeration's order.
std::vector<record::Evidence> evidence_of(const training::ClassHour &hour, const Presence &presence);

} // namespace xueshi::rules
