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
    auto shown = watches_;
    std::erase_if(shown, [boot_ms](const Watch &watch) { return watch.until_boot_ms <= boot_ms; });
    return shown;
}

} // namespace xueshi::kiosk
