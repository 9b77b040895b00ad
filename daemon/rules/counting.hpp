#pragma once

#include <cstdint>

#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/training/training.hpp"

namespace xueshi::rules {

/// What a registry counts (RULES section 1 "Source", section 2). The defaults are a real registry's; only a demo's
/// allow more, and all it prints says so.
struct CountingPolicy {
    std::int64_t minimum_hour_ms = 2'400'000; ///< a shorter class hour is filed and flagged, never proved or possible
    bool allow_short_hours = false;
    bool allow_replay = false;
    bool allow_virtual = false;
    bool allow_photograph_enrolment = false; ///< a face enrolled from photographs proves as one enrolled at a camera
    bool operator==(const CountingPolicy &) const = default;
};

bool source_counts(const CountingPolicy &policy, record::SourceKind source);
bool hour_counts(const CountingPolicy &policy, const training::ClassHour &hour);

/// What a stored punch may do.
enum class Standing {
    counts,
    pending, ///< manual, claimed, or of a quarantined device: unproven until the bureau decides
    flagged, ///< stored and shown, neither proves nor excuses
};
Standing standing(const CountingPolicy &policy, record::SourceKind source, record::Evidence evidence,
                  bool enrolled_from_photograph, bool device_quarantined);

} // namespace xueshi::rules
