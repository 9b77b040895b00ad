#include "firmware/recorder/clip.hpp"

#include "firmware/recorder/parameter_sets.hpp"
#include "firmware/recorder/timeline.hpp"

namespace xueshi::recorder {

bool Clip::add(UnitPtr unit) {
    if (unit->captured.boot_ms > until_boot_ms) {
        return true;
    }
    units.push_back(std::move(unit));
    return false;
}

void Clip::keep_one_film() {
    auto begin = units.begin(), end = units.end();
    Bytes sets;
    for (auto unit = units.begin(); unit != units.end(); ++unit) {
        const auto own = (*unit)->key_frame ? parameter_sets((*unit)->data) : Bytes();
        if (own.empty() || own == sets) {
            continue;
        }
        if (!sets.empty() &&
            (*unit)->captured.boot_ms > at_boot_ms) { // another film, and the punch is in the one before
            end = unit;
            break;
        }
        sets = own;
        begin = unit;
    }
    units = {begin, end};
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
        last.duration_ns =
            step_ns(last.unit->pts_ns, last.unit->captured.boot_ms, unit->pts_ns, unit->captured.boot_ms);
        placed.push_back({unit, last.pts_ns + last.duration_ns, unit->duration_ns});
    }
    return placed;
}

std::int64_t duration_ns(const std::vector<Placed> &placed) {
    return placed.empty() ? 0 : placed.back().pts_ns + placed.back().duration_ns;
}

} // namespace xueshi::recorder
