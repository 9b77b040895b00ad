#include "firmware/terminald/guarded_clock.hpp"

#include <algorithm>
#include <cstdlib>

namespace xueshi::terminald {

namespace {

constexpr std::int64_t kLeastStepMs = 1'000; // slewing stays far below it between two looks; a leap second does not
/// 500 ppm, the most that the kernel's NTP loop slews: what a clock may move away from boot time without a jump.
constexpr std::int64_t kSlewParts = 2'000;

} // namespace

GuardedClock::GuardedClock(std::unique_ptr<Clock> machine, std::int64_t max_step_ms, const KnownTime &known)
    : machine_(std::move(machine)), max_step_ms_(max_step_ms), not_before_ms_(known.not_before_ms) {
    // Else it would be enough to restart the program after the clock was set.
    const auto &before = known.of_this_boot;
    if (before && before->quality != ClockQuality::unset && before->boot_id == machine_->now().boot_id) {
        anchor_ = Anchor{offset_of(*before), before->boot_ms};
        seen_offset_ms_ = anchor_->offset_ms;
    }
}

std::int64_t GuardedClock::slack_ms(const Anchor &anchor, const Instant &at) const {
    return max_step_ms_ + std::abs(at.boot_ms - anchor.boot_ms) / kSlewParts;
}

Instant GuardedClock::judge(const Instant &raw) const {
    Instant judged = raw;
    if (anchor_) {
        if (std::abs(offset_of(raw) - anchor_->offset_ms) > slack_ms(*anchor_, raw)) {
            judged.wall_ms = raw.boot_ms + anchor_->offset_ms;
            judged.quality = ClockQuality::holdover;
        } else if (raw.quality == ClockQuality::unset) {
            judged.quality = ClockQuality::holdover; // it was confirmed in this boot
        }
        return judged;
    }
    if (raw.quality != ClockQuality::unset && raw.wall_ms < not_before_ms_ - max_step_ms_) {
        judged.quality = ClockQuality::unset; // set back while it was off
        return judged;
    }
    if (raw.quality != ClockQuality::unset) {
        anchor_ = Anchor{offset_of(raw), raw.boot_ms};
    }
    return judged;
}

Instant GuardedClock::now() const {
    const std::lock_guard guard(mutex_);
    return judge(machine_->now());
}

std::optional<ClockStep> GuardedClock::look() {
    const std::lock_guard guard(mutex_);
    const Instant raw = machine_->now();
    const Instant judged = judge(raw);
    const bool first = !seen_offset_ms_;
    ClockStep step;
    step.step_ms = first ? 0 : offset_of(raw) - *seen_offset_ms_;
    step.adopted = judged.wall_ms == raw.wall_ms && judged.quality == raw.quality;
    seen_offset_ms_ = offset_of(raw);
    if (first && !step.adopted) {
        step.step_ms = raw.wall_ms - not_before_ms_; // known from before this boot
    }
    return std::abs(step.step_ms) >= kLeastStepMs ? std::optional(step) : std::nullopt;
}

std::optional<ClockStep> GuardedClock::confirm(std::int64_t signed_ms, std::int64_t event_boot_ms) {
    const std::lock_guard guard(mutex_);
    const Instant raw = machine_->now();
    if (event_boot_ms > raw.boot_ms) {
        return std::nullopt; // not of this boot
    }
    not_before_ms_ = std::max(signed_ms, std::int64_t{0}); // also when a forged time once raised it
    const std::int64_t least = signed_ms - raw.boot_ms, most = signed_ms - event_boot_ms;
    const auto agrees = [&](std::int64_t offset_ms, std::int64_t slack_ms) {
        return offset_ms >= least - slack_ms && offset_ms <= most + slack_ms;
    };
    ClockStep step{0, true, true};
    const std::int64_t before = anchor_ ? raw.boot_ms + anchor_->offset_ms : raw.wall_ms;
    if (raw.quality != ClockQuality::unset && agrees(offset_of(raw), max_step_ms_)) {
        step.step_ms = anchor_ && judge(raw).wall_ms != raw.wall_ms ? raw.wall_ms - before : 0;
        anchor_ = Anchor{offset_of(raw), raw.boot_ms};
    } else if (anchor_ && agrees(anchor_->offset_ms, slack_ms(*anchor_, raw))) {
        return std::nullopt; // boot time was right, and the machine's clock is not
    } else if (most - least <= max_step_ms_) {
        anchor_ = Anchor{least, raw.boot_ms}; // neither is: within a minute the registry's word is better than none
        step.step_ms = raw.boot_ms + least - before;
    } else {
        return std::nullopt; // the event lay too long before it was delivered
    }
    return std::abs(step.step_ms) >= kLeastStepMs ? std::optional(step) : std::nullopt;
}

} // namespace xueshi::terminald
