#include "firmware/kiosk/calls.hpp"

#include <algorithm>
#include <tuple>

namespace xueshi::kiosk {

namespace {

std::int64_t stands_ms(CallState state) {
    return state == CallState::present ? Calls::kPresentMs : Calls::kNotSeenMs;
}

auto place(const Call &call) {
    const bool ended = call.state != CallState::called;
    return std::tuple(ended, ended ? -call.ended_boot_ms : call.until_ms);
}

} // namespace

std::string_view to_string(CallState state) {
    switch (state) {
    case CallState::called:
        return "called";
    case CallState::present:
        return "present";
    case CallState::not_seen:
        return "not_seen";
    }
    return "called";
}

void Calls::follow(const std::vector<Call> &asked, const Instant &now) {
    for (auto &call : calls_) {
        if (call.state == CallState::called && std::ranges::find(asked, call.person, &Call::person) == asked.end()) {
            call.state = CallState::not_seen;
            call.ended_boot_ms = now.boot_ms;
        }
    }
    std::erase_if(calls_, [&](const Call &call) {
        return call.state != CallState::called && now.boot_ms - call.ended_boot_ms >= stands_ms(call.state);
    });
    for (const auto &one : asked) {
        const auto known = std::ranges::find(calls_, one.person, &Call::person);
        auto &call = known == calls_.end() ? calls_.emplace_back() : *known;
        call = {.person = one.person, .until_ms = one.until_ms};
    }
    std::ranges::stable_sort(calls_, {}, place);
}

void Calls::came(const PersonId &person, const Instant &now) {
    auto known = std::ranges::find(calls_, person, &Call::person);
    if (known == calls_.end()) {
        known = calls_.insert(known, Call{.person = person});
    }
    known->state = CallState::present;
    known->ended_boot_ms = now.boot_ms;
    std::ranges::stable_sort(calls_, {}, place);
}

} // namespace xueshi::kiosk
