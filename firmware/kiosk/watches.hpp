#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firmware/core/base/ids.hpp"

namespace xueshi::kiosk {

/// Somebody far away who looks at what this terminal's camera sees, or saw.
struct Watch {
    Uuid command;
    std::string what, by; ///< "take_picture" or "send_clip"; the name of the token that ordered it
    std::int64_t until_boot_ms = 0;
};

/// The visible mark of remote watching: while an order is carried out and some seconds after. Thread-bound.
class Watches {
public:
    void begin(const Uuid &command, std::string what, std::string by, std::int64_t boot_ms);
    void end(const Uuid &command, std::int64_t boot_ms);
    /// The oldest first; of many of one kind that one person ordered the last to end.
    std::vector<Watch> shown(std::int64_t boot_ms) const;

    /// After its end, for whoever looks up late; a clip goes on for some seconds after it was ordered.
    static constexpr std::int64_t kStandsMs = 15'000;
    /// Without an end: xueshi-syncd was stopped in the middle, and begins it again when it runs.
    static constexpr std::int64_t kLongestMs = 120'000;

private:
    std::vector<Watch> watches_;
};

} // namespace xueshi::kiosk
