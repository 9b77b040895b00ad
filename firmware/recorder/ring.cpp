#include "firmware/recorder/ring.hpp"

#include <algorithm>

namespace xueshi::recorder {

void Ring::push(UnitPtr unit) {
    if (units_.empty() && !unit->key_frame) {
        return;
    }
    bytes_ += unit->data.size();
    units_.push_back(std::move(unit));
    while (bytes_ > max_bytes_ && !units_.empty()) {
        drop_oldest_group();
    }
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
