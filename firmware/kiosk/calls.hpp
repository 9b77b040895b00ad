#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::kiosk {

enum class CallState {
    called,
    present,  ///< they came, and it is on disk
    not_seen, ///< the time is out
};
std::string_view to_string(CallState state);

struct Call {
    PersonId person;
    std::int64_t until_ms = 0; ///< wall time
    CallState state = CallState::called;
    std::int64_t ended_boot_ms = 0;
};

/// Whom the bureau asked to show themselves again inside a lesson: called until they come or the time is out, and what
/// came of it for a while. Thread-bound.
class Calls {
public:
    /// All who are asked now, each once. Whoever was called and is not among them any longer was not seen.
    void follow(const std::vector<Call> &asked, const Instant &now);
    /// The person's answer is on disk.
    void came(const PersonId &person, const Instant &now);
    /// The called first, in the order of their time; then what came of the others, the newest first.
    const std::vector<Call> &all() const { return calls_; }

    /// Long enough for the class to read it; whoever was not seen must find it when they come back.
    static constexpr std::int64_t kPresentMs = 20'000, kNotSeenMs = 120'000;

private:
    std::vector<Call> calls_;
};

} // namespace xueshi::kiosk
