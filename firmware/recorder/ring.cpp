#include "firmware/recorder/ring.hpp"

#include <algorithm>

namespace xueshi::recorder {

void Ring::push(UnitPtr unit) {
    if (units_.empty() && !unit->key_frame) {
        return;
    }
    const bool begins_group = unit->key_frame;
    bytes_ += unit->data.size();
    units_.push_back(std::move(unit));
    while (!units_.empty() && (bytes_ > max_bytes_ || (begins_group && is_oldest_group_past()))) {
        drop_oldest_group();
    }
}

/// The next one is old enough for all that can be asked for.
bool Ring::is_oldest_group_past() const {
    const auto next =
        std::find_if(units_.begin() + 1, units_.end(), [](const UnitPtr &unit) { return unit->key_frame; });
    return next != units_.end() && (*next)->captured.boot_ms <= newest_boot_ms() - kept_ms_;
}

/// A key frame and all that needs it.
void Ring::drop_oldest_group() {
    do {
        bytes_ -= units_.front()->data.size();
        units_.pop_front();
    } while (!units_.empty() && !units_.front()->key_frame);
}

std::vector<UnitPtr> Ring::since(std::int64_t boot_ms) const {
    auto first = units_.begin();
    for (auto unit = units_.begin(); unit != units_.end() && (*unit)->captured.boot_ms <= boot_ms; ++unit) {
        if ((*unit)->key_frame) {
            first = unit;
        }
    }
    return {first, units_.end()};
}

} // namespace xueshi::recorder
