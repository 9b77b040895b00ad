#include "firmware/recorder/clip.hpp"

#include <algorithm>

namespace xueshi::recorder {
namespace {

constexpr std::int64_t kMs = 1'000'000;
/// A camera's clock and the terminal's differ by less over one frame; more is a restart.
constexpr std::int64_t kTolerance = 1'000 * kMs;

/// From one unit to the next: the graph's time while it agrees with boot time, boot time over a restart.
std::int64_t step_ns(const camera::Unit &from, const camera::Unit &to) {
    const auto graph = to.pts_ns - from.pts_ns;
    const auto boot = (to.captured.boot_ms - from.captured.boot_ms) * kMs;
    const bool agree = graph > 0 && std::abs(graph - boot) < kTolerance;
    return agree ? graph : std::max(boot, kMs);
}

} // namespace

bool Clip::add(UnitPtr unit) {
    if (unit->captured.boot_ms > until_boot_ms) {
        return true;
    }
    units.push_back(std::move(unit));
    return false;
}

std::vector<Placed> place(const std::vector<UnitPtr> &units) {
    std::vector<Placed> placed;
    placed.reserve(units.size());
    for (const auto &unit : units) {
        if (placed.empty()) {
            placed.push_back({unit, 0, unit->duration_ns});
            continue;
        }
        auto &last = placed.back();
        last.duration_ns = step_ns(*last.unit, *unit);
        placed.push_back({unit, last.pts_ns + last.duration_ns, unit->duration_ns});
    }
    return placed;
}

std::int64_t duration_ns(const std::vector<Placed> &placed) {
    return placed.empty() ? 0 : placed.back().pts_ns + placed.back().duration_ns;
}

} // namespace xueshi::recorder
