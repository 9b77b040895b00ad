#include "firmware/camera/overlay.hpp"

#include <fmt/format.h>

namespace xueshi::camera {
namespace {

/// A name of 50 characters fits; what is longer is cut, since the picture ends there too.
constexpr std::size_t kMaxCharacters = 60;

std::string escaped(std::string_view text) {
    std::string result;
    std::size_t characters = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool starts_character = (byte & 0xC0u) != 0x80u;
        if (starts_character && ++characters > kMaxCharacters) {
            break;
        }
        if (c == '&') {
            result += "&amp;";
        } else if (c == '<') {
            result += "&lt;";
        } else if (c == '>') {
            result += "&gt;";
        } else {
            result += byte < 0x20 || byte == 0x7F ? ' ' : c;
        }
    }
    return result;
}

/// A font with the characters of GB 18030; its size is in points at a picture 640 wide, scaled by the element.
std::string text_element(std::string_view name, std::string_view vertical, int points) {
    return fmt::format("textoverlay name={} font-desc=\"Noto Sans CJK SC, Sans {}\" halignment=left valignment={} "
                       "line-alignment=left shaded-background=true wrap-mode=none",
                       name, points, vertical);
}

} // namespace

std::string time_element() {
    return text_element("time", "top", 11);
}
std::string lines_element() {
    return text_element("lines", "bottom", 9);
}

std::string time_line(const Instant &captured, const Overlay &overlay) {
    auto line = shanghai_time(captured.wall_ms);
    if (captured.quality == ClockQuality::unset || overlay.clock == ClockQuality::unset) {
        line += "  时钟未校准";
    }
    return line;
}

std::string overlay_lines(const Overlay &overlay) {
    std::string lines;
    for (const auto *text : {&overlay.institution, &overlay.training_class, &overlay.lesson}) {
        if (!text->empty()) {
            lines += escaped(*text) + "\n";
        }
    }
    lines += fmt::format("已签到 {} 人", overlay.checked_in);
    if (!overlay.nonce_code.empty()) {
        lines += "  校验码 " + escaped(overlay.nonce_code);
    }
    return lines;
}

} // namespace xueshi::camera
