#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "firmware/core/base/clock.hpp"

namespace xueshi::terminald {

/// A jump of time against boot time.
struct ClockStep {
    std::int64_t step_ms = 0;
    bool adopted = false;      ///< the terminal's time jumped too
    bool from_receipt = false; ///< by the registry's signed word; else by whoever set the machine's clock
    bool operator==(const ClockStep &) const = default;
};

/// What the past says about the present.
struct KnownTime {
    /// No honest clock is earlier: of the newest synchronised event, or of the newest receipt. 0: nothing is known.
    std::int64_t not_before_ms = 0;
    /// An event of this boot with a set clock, if any: the wall time goes on from it.
    std::optional<Instant> of_this_boot;
};

/// The terminal's clock: the machine's, until that jumps farther than `max_step_ms` from where boot time says it must
/// be. NTP is not authenticated, and who owns the box may set its clock: then time goes on by boot time, as holdover,
/// until the registry's signed word agrees with the machine's clock or corrects this one. Thread-safe.
class GuardedClock final : public Clock {
public:
    GuardedClock(std::unique_ptr<Clock> machine, std::int64_t max_step_ms, const KnownTime &known);

    Instant now() const override;

    /// The machine's clock against the last look: what is to be journaled, if anything.
    std::optional<ClockStep> look();

    /// The registry signed at `signed_ms` that it holds an event which was written here at `event_boot_ms` of this
    /// boot: so that time lies between the event and now. Gives the jump, if that word moves this clock.
    std::optional<ClockStep> confirm(std::int64_t signed_ms, std::int64_t event_boot_ms);

private:
    /// At `boot_ms` the wall clock was `offset_ms` later.
    struct Anchor {
        std::int64_t offset_ms, boot_ms;
    };
    Instant judge(const Instant &raw) const;
    std::int64_t slack_ms(const Anchor &anchor, const Instant &at) const;
    static std::int64_t offset_of(const Instant &at) { return at.wall_ms - at.boot_ms; }

    std::unique_ptr<Clock> machine_;
    std::int64_t max_step_ms_;
    mutable std::mutex mutex_;
    std::int64_t not_before_ms_;
    mutable std::optional<Anchor> anchor_; ///< absent until the clock is set for the first time
    std::optional<std::int64_t> seen_offset_ms_;
};

} // namespace xueshi::terminald
