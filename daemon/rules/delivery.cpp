#include "daemon/rules/delivery.hpp"

namespace xueshi::rules {

std::string_view to_string(Delivery delivery) {
    switch (delivery) {
    case Delivery::outstanding:
        return "outstanding";
    case Delivery::delivered:
        return "delivered";
    case Delivery::no_terminal:
        return "no_terminal";
    case Delivery::lost:
        return "lost";
    }
    return "outstanding";
}

namespace {

bool has_told(const ChainState &chain, const LessonId &lesson, std::int64_t window_end_ms) {
    if (chain.gap_open || chain.quarantined) {
        return false;
    }
    const auto closed = chain.closed_window_end_ms.find(lesson);
    // A lesson closed by an older plan, whose window ended sooner, says nothing about the rest of the present one.
    const bool closed_in_time = closed != chain.closed_window_end_ms.end() && closed->second >= window_end_ms;
    return closed_in_time || chain.certainly_until_ms > window_end_ms;
}

} // namespace

Delivery delivery(const training::Lesson &lesson, const training::Policy &policy,
                  std::span<const ChainState> chains_of_room) {
    const auto window_start_ms = lesson.start_ms() - policy.opens_before_ms;
    const auto window_end_ms = lesson.end_ms() + policy.closes_after_ms;
    bool any = false, all = true;
    for (const auto &chain : chains_of_room) {
        if (chain.since_ms <= window_end_ms && chain.until_ms >= window_start_ms) {
            any = true;
            all = all && has_told(chain, lesson.id, window_end_ms);
        }
    }
    if (!any) {
        return Delivery::no_terminal;
    }
    return all ? Delivery::delivered : Delivery::outstanding;
}

} // namespace xueshi::rules
