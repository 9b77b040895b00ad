#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/rules/presence.hpp"

namespace xueshi::rules {

/// Turns directed punches of one lesson into intervals. RULES section 1, "Forgotten check-in", "Forgotten check-out",
/// and the bracket: presence is proved from the latest time of a check-in to the earliest time of what closes it.
class Folding {
public:
    explicit Folding(const training::Lesson &lesson);

    /// In order; `direction` is check_in, check_out or moment.
    void feed(const TimedPunch &punch, record::Direction direction);
    /// Ends the fold; the object is spent.
    Presence finish();

private:
    void check_in(const TimedPunch &punch);
    void check_out(const TimedPunch &punch);
    void moment(const TimedPunch &punch);
    void prove_until(const TimedPunch &punch);

    std::int64_t end_ms_, out_since_ms_; ///< the lesson's end; the last check-out, at first the lesson's start
    Intervals lesson_;
    std::optional<TimedPunch> in_;
    TimedPunch last_evidence_; ///< since the check-in; the check-in itself at first
    bool contradicted_ = false;
    std::vector<Proof> proofs_;
    std::vector<Interval> unproven_;
};

} // namespace xueshi::rules
