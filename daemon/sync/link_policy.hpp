#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/clock.hpp"

namespace xueshi::sync {

/// A daily span in minutes since midnight in Shanghai; one whose end is before its begin goes over midnight.
struct DailySpan {
    int begin = 0, end = 0; ///< [begin, end)
    bool operator==(const DailySpan &) const = default;
};
/// "22:00-06:00", "00:00-24:00". Error: invalid_argument.
Expected<DailySpan> parse_daily_span(std::string_view text);

/// When the link may carry more than events, rosters and commands.
struct LinkPolicy {
    std::vector<DailySpan> clip_hours;        ///< empty: at all hours
    std::vector<DailySpan> film_hours;        ///< of lesson videos to the archive; empty: at all hours
    std::set<std::string> metered_interfaces; ///< over these only events, rosters and commands go
};

/// Why no clip may go now: "metered", "hours" or "clock" (hours are set and the clock is not); empty: it may.
/// `interfaces`: those that what is sent may go over.
std::string_view clips_pause_because(const LinkPolicy &policy, const Instant &now,
                                     const std::set<std::string> &interfaces);
/// The same of lesson videos.
std::string_view films_pause_because(const LinkPolicy &policy, const Instant &now,
                                     const std::set<std::string> &interfaces);

/// The interface of the default route with the smallest metric, from the kernel's table (/proc/self/net/route, see
/// proc_net(5)); empty: there is none.
std::string default_interface(std::string_view route_table);
/// The same for IPv6, from /proc/self/net/ipv6_route.
std::string default_interface_v6(std::string_view route_table);
/// Both of this machine, now: which of them a connection takes is not known before it is made.
std::set<std::string> default_interfaces();

} // namespace xueshi::sync
