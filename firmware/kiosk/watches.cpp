#include "firmware/kiosk/watches.hpp"

#include <algorithm>
#include <utility>

namespace xueshi::kiosk {

void Watches::begin(const Uuid &command, std::string what, std::string by, std::int64_t boot_ms) {
    std::erase_if(watches_, [&](const Watch &watch) { // out of sight, or begun once more
        return watch.until_boot_ms <= boot_ms || watch.command == command;
    });
    watches_.push_back({command, std::move(what), std::move(by), boot_ms + kLongestMs});
}

void Watches::end(const Uuid &command, std::int64_t boot_ms) {
    const auto found = std::ranges::find(watches_, command, &Watch::command);
    if (found != watches_.end()) {
        found->until_boot_ms = boot_ms + kStandsMs;
    }
}

std::vector<Watch> Watches::shown(std::int64_t boot_ms) const {
    std::vector<Watch> shown;
    for (const auto &watch : watches_) {
        if (watch.until_boot_ms <= boot_ms) {
            continue;
        }
        const auto same = std::ranges::find_if(
            shown, [&](const Watch &other) { return other.what == watch.what && other.by == watch.by; });
        if (same == shown.end()) {
            shown.push_back(watch);
        } else if (same->until_boot_ms < watch.until_boot_ms) {
            *same = watch;
        }
    }
    return shown;
}

} // namespace xueshi::kiosk
