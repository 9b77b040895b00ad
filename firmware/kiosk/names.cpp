#include "firmware/kiosk/names.hpp"

#include <algorithm>
#include <vector>

namespace xueshi::kiosk {

namespace {

constexpr std::size_t kMostStars = 3;

/// Bytes of the sign that begins with `lead`; 0: none begins so.
std::size_t sign_length(unsigned char lead) {
    return lead < 0x80                   ? 1
           : lead >= 0xc2 && lead < 0xe0 ? 2
           : lead >= 0xe0 && lead < 0xf0 ? 3
           : lead >= 0xf0 && lead < 0xf5 ? 4
                                         : 0;
}

/// Empty: not UTF-8.
std::vector<std::string_view> signs(std::string_view text) {
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const auto length = sign_length(static_cast<unsigned char>(text.front()));
        const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; };
        if (length == 0 || length > text.size() || !std::ranges::all_of(text.substr(1, length - 1), continues)) {
            return {};
        }
        found.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return found;
}

} // namespace

std::string shown_name(std::string_view name, NameMode mode) {
    if (mode == NameMode::number || name.empty()) {
        return {};
    }
    if (mode == NameMode::full) {
        return std::string(name);
    }
    const auto parts = signs(name);
    if (parts.size() < 2) {
        return "*";
    }
    if (parts.size() == 2) {
        return std::string(parts.front()) + "*";
    }
    return std::string(parts.front()) + std::string(std::min(kMostStars, parts.size() - 2), '*') +
           std::string(parts.back());
}

} // namespace xueshi::kiosk
