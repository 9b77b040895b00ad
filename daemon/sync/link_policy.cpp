#include "daemon/sync/link_policy.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace xueshi::sync {

namespace {

constexpr std::int64_t kShanghaiOffsetMs = 8 * 3'600'000; // no daylight saving since 1991
constexpr std::int64_t kDayMs = 86'400'000, kMinuteMs = 60'000;
constexpr int kDayMinutes = 24 * 60;
constexpr auto kRouteTable = "/proc/self/net/route", kRouteTableV6 = "/proc/self/net/ipv6_route";

/// "HH:MM" to minutes; -1: it is none.
int minutes_of(std::string_view text) {
    int hours = 0, minutes = 0;
    if (text.size() != 5 || text[2] != ':') {
        return -1;
    }
    const auto number = [](std::string_view digits, int &out) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
        return error == std::errc() && end == digits.data() + digits.size() && out >= 0;
    };
    const bool reads = number(text.substr(0, 2), hours) && number(text.substr(3), minutes);
    const int all = 60 * hours + minutes;
    return reads && minutes < 60 && all <= kDayMinutes ? all : -1;
}

bool contains(const DailySpan &span, int minute) {
    return span.begin <= span.end ? span.begin <= minute && minute < span.end
                                  : minute >= span.begin || minute < span.end;
}

std::string_view pause_because(const LinkPolicy &policy, const std::vector<DailySpan> &hours, const Instant &now,
                               const std::set<std::string> &interfaces) {
    if (std::ranges::any_of(interfaces,
                            [&](const std::string &name) { return policy.metered_interfaces.contains(name); })) {
        return "metered";
    }
    if (hours.empty()) {
        return {};
    }
    if (now.quality == ClockQuality::unset) {
        return "clock";
    }
    const auto minute = static_cast<int>((now.wall_ms + kShanghaiOffsetMs) % kDayMs / kMinuteMs);
    const bool open = std::ranges::any_of(hours, [minute](const DailySpan &span) { return contains(span, minute); });
    return open ? std::string_view() : std::string_view("hours");
}

} // namespace

Expected<DailySpan> parse_daily_span(std::string_view text) {
    const auto dash = text.find('-');
    const DailySpan span{dash == text.npos ? -1 : minutes_of(text.substr(0, dash)),
                         dash == text.npos ? -1 : minutes_of(text.substr(dash + 1))};
    if (span.begin < 0 || span.end < 0 || span.begin == span.end || span.begin == kDayMinutes) {
        return fail(ErrorCode::invalid_argument, "hours like 22:00-06:00 expected, not " + std::string(text));
    }
    return span;
}

std::string_view clips_pause_because(const LinkPolicy &policy, const Instant &now,
                                     const std::set<std::string> &interfaces) {
    return pause_because(policy, policy.clip_hours, now, interfaces);
}

std::string_view films_pause_because(const LinkPolicy &policy, const Instant &now,
                                     const std::set<std::string> &interfaces) {
    return pause_because(policy, policy.film_hours, now, interfaces);
}

std::string default_interface(std::string_view route_table) {
    std::istringstream lines{std::string(route_table)};
    std::string line, best;
    std::getline(lines, line); // the columns' names
    long best_metric = -1;
    while (std::getline(lines, line)) {
        std::istringstream cells(line);
        std::string interface, destination, gateway, flags, mask;
        long references = 0, use = 0, metric = 0;
        if (!(cells >> interface >> destination >> gateway >> flags >> references >> use >> metric >> mask)) {
            continue;
        }
        const bool is_default = destination == "00000000" && mask == "00000000";
        if (is_default && (best_metric < 0 || metric < best_metric)) {
            best = interface;
            best_metric = metric;
        }
    }
    return best;
}

/// The kernel keeps a route of last resort over "lo" that leads nowhere.
std::string default_interface_v6(std::string_view route_table) {
    const std::string any(32, '0');
    std::istringstream lines{std::string(route_table)};
    std::string line, best;
    unsigned long best_metric = 0;
    while (std::getline(lines, line)) {
        std::istringstream cells(line);
        std::string destination, length, source, source_length, next, references, use, flags, interface;
        unsigned long metric = 0;
        if (!(cells >> destination >> length >> source >> source_length >> next >> std::hex >> metric >> references >>
              use >> flags >> interface)) {
            continue;
        }
        const bool is_default = destination == any && length == "00" && interface != "lo";
        if (is_default && (best.empty() || metric < best_metric)) {
            best = interface;
            best_metric = metric;
        }
    }
    return best;
}

namespace {

std::string text_of(const char *path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

} // namespace

std::set<std::string> default_interfaces() {
    std::set<std::string> interfaces{default_interface(text_of(kRouteTable)),
                                     default_interface_v6(text_of(kRouteTableV6))};
    interfaces.erase(std::string());
    return interfaces;
}

} // namespace xueshi::sync
