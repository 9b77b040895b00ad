#include "firmware/kiosk/lan_logins.hpp"

#include <algorithm>

namespace xueshi::kiosk {

namespace {

constexpr std::size_t kTokenBytes = 32;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    const auto end = text.find_last_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin, end - begin + 1);
}

} // namespace

std::string LanLogins::open() {
    forget_idle();
    if (used_boot_ms_.size() >= kMost) {
        used_boot_ms_.erase(
            std::ranges::min_element(used_boot_ms_, {}, [](const auto &login) { return login.second; }));
    }
    auto token = random_token(kTokenBytes);
    used_boot_ms_[sha256(as_bytes(token))] = clock_.now().boot_ms;
    return token;
}

bool LanLogins::stands(std::string_view token) {
    forget_idle();
    return used_boot_ms_.contains(sha256(as_bytes(token)));
}

bool LanLogins::use(std::string_view token) {
    forget_idle();
    const auto found = used_boot_ms_.find(sha256(as_bytes(token)));
    if (found == used_boot_ms_.end()) {
        return false;
    }
    found->second = clock_.now().boot_ms;
    return true;
}

void LanLogins::close(std::string_view token) {
    used_boot_ms_.erase(sha256(as_bytes(token)));
}

void LanLogins::forget_idle() {
    const auto now = clock_.now().boot_ms;
    std::erase_if(used_boot_ms_, [&](const auto &login) { return now - login.second >= idle_ms_; });
}

std::string cookie_of(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const auto end = std::min(header.find(';'), header.size());
        const auto pair = trimmed(header.substr(0, end));
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
            return std::string(pair.substr(equals + 1));
        }
        header.remove_prefix(std::min(end + 1, header.size()));
    }
    return {};
}

} // namespace xueshi::kiosk
