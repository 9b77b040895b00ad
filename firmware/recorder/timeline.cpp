#include "firmware/recorder/timeline.hpp"

#include <algorithm>
#include <cstdlib>

namespace xueshi::recorder {
namespace {

constexpr std::int64_t kMs = 1'000'000;
/// A device's clock and the terminal's differ by less over one unit; more is a restart.
constexpr std::int64_t kTolerance = 1'000 * kMs;
/// A network camera may give two pictures one time, or nearly: closer, the muxer's ticks (a hundred to a picture) make
/// them one.
constexpr std::int64_t kLeastStep = 2 * kMs;
/// The two clocks drift apart slowly: so far, then the boot clock has it.
constexpr std::int64_t kMaxDrift = 100 * kMs;

} // namespace

std::int64_t step_ns(std::int64_t from_pts_ns, std::int64_t from_boot_ms, std::int64_t to_pts_ns,
                     std::int64_t to_boot_ms) {
    const auto graph = to_pts_ns - from_pts_ns;
    const auto boot = (to_boot_ms - from_boot_ms) * kMs;
    const bool agree = graph > 0 && std::abs(graph - boot) < kTolerance;
    return std::max(agree ? graph : boot, kLeastStep);
}

std::int64_t Timeline::place(std::int64_t pts_ns, std::int64_t boot_ms) {
    const auto by_boot = (boot_ms - begin_boot_ms_) * kMs;
    if (!any_) {
        place_ns_ = by_boot;
        any_ = by_boot >= 0;
    } else {
        const auto step = step_ns(pts_ns_, boot_ms_, pts_ns, boot_ms);
        const bool drifted = std::abs(place_ns_ + step - by_boot) > kMaxDrift;
        place_ns_ = drifted ? std::max(by_boot, place_ns_ + kLeastStep) : place_ns_ + step;
    }
    pts_ns_ = pts_ns;
    boot_ms_ = boot_ms;
    return place_ns_;
}

} // namespace xueshi::recorder
