#include "daemon/sync/link_policy.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::sync;

namespace {

/// Of a day in Shanghai.
Instant at(int hour, int minute, ClockQuality quality = ClockQuality::synchronised) {
    Instant now;
    now.wall_ms = parse_time("2026-11-28T00:00:00+08:00").value() + (hour * 60 + minute) * 60'000LL;
    now.quality = quality;
    return now;
}

constexpr auto kRoutes = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
                         "wwan0\t00000000\t0101A8C0\t0003\t0\t0\t700\t00000000\t0\t0\t0\n"
                         "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
                         "eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";

} // namespace

TEST_CASE("link: hours are read strictly") {
    CHECK(parse_daily_span("22:00-06:00").value() == DailySpan{22 * 60, 6 * 60});
    CHECK(parse_daily_span("00:00-24:00").value() == DailySpan{0, 24 * 60});
    for (const char *wrong : {"", "22-6", "22:00", "22:00-", "22:60-23:00", "24:01-01:00", "24:00-01:00", "5:00-06:00",
                              "05:00-05:00", "05:00-06:00 ", "-1:00-06:00", "aa:00-06:00"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_daily_span(wrong));
    }
}

TEST_CASE("link: clips go at the hours that are set, over midnight too, by the clock of Shanghai") {
    LinkPolicy policy;
    CHECK(clips_pause_because(policy, at(12, 0), {"eth0"}).empty());
    policy.clip_hours = {parse_daily_span("22:00-06:00").value(), parse_daily_span("12:00-12:30").value()};
    CHECK(clips_pause_because(policy, at(21, 59), {"eth0"}) == "hours");
    CHECK(clips_pause_because(policy, at(22, 0), {"eth0"}).empty());
    CHECK(clips_pause_because(policy, at(5, 59), {"eth0"}).empty());
    CHECK(clips_pause_because(policy, at(6, 0), {"eth0"}) == "hours");
    CHECK(clips_pause_because(policy, at(12, 29), {"eth0"}).empty());
    CHECK(clips_pause_because(policy, at(12, 30), {"eth0"}) == "hours");
    CHECK(clips_pause_because(policy, at(23, 0, ClockQuality::unset), {"eth0"}) == "clock");
}

TEST_CASE("link: over a metered interface no clip goes") {
    LinkPolicy policy;
    policy.metered_interfaces = {"wwan0"};
    CHECK(clips_pause_because(policy, at(12, 0), {"wwan0"}) == "metered");
    CHECK(clips_pause_because(policy, at(12, 0), {"eth0"}).empty());
    CHECK(clips_pause_because(policy, at(12, 0), {}).empty());
}

TEST_CASE("link: a metered interface is seen when only IPv6 goes over it") {
    constexpr auto kRoutesV6 =
        "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 "
        "00000100 00000001 00000000 00000001     eth0\n"
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 "
        "00000400 00000001 00000000 00000003     eth0\n"
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000002 "
        "00000064 00000001 00000000 00000003    wwan0\n"
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 "
        "00000001 00000001 00000000 00200200       lo\n";
    CHECK(default_interface_v6(kRoutesV6) == "wwan0");
    CHECK(default_interface_v6("").empty());
    CHECK(default_interface_v6("nonsense\n").empty());
    LinkPolicy policy;
    policy.metered_interfaces = {"wwan0"};
    CHECK(clips_pause_because(policy, at(12, 0), {"eth0", "wwan0"}) == "metered");
    CHECK(films_pause_because(policy, at(12, 0), {"wwan0"}) == "metered");
}

TEST_CASE("link: the default route with the smallest metric is the one in use") {
    CHECK(default_interface(kRoutes) == "eth0");
    const std::string without_cable =
        std::string(kRoutes).replace(std::string(kRoutes).find("100\t00000000"), 3, "900");
    CHECK(default_interface(without_cable) == "wwan0");
    CHECK(default_interface("").empty());
    CHECK(default_interface("Iface\tDestination\nnonsense\n").empty());
}
