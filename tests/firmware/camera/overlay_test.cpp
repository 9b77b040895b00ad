#include <doctest/doctest.h>

#include "firmware/camera/overlay.hpp"

using namespace xueshi;

namespace {

camera::Overlay synchronised() {
    camera::Overlay overlay;
    overlay.clock = ClockQuality::synchronised;
    return overlay;
}

Instant noon(ClockQuality quality) {
    Instant instant;
    instant.wall_ms = 1'795'233'909'123; // 2026-11-21T04:05:09.123Z
    instant.quality = quality;
    return instant;
}

bool contains(const std::string &text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("overlay: the time is Shanghai's, to the second, whatever the process's time zone is") {
    CHECK(camera::time_line(noon(ClockQuality::synchronised), synchronised()) ==
          shanghai_time(noon(ClockQuality::synchronised).wall_ms));
    CHECK(camera::time_line(noon(ClockQuality::holdover), synchronised()).size() == 19);
}

TEST_CASE("F11: while the clock was never set the picture says so") {
    CHECK(contains(camera::time_line(noon(ClockQuality::unset), synchronised()), "时钟未校准"));
    CHECK(contains(camera::time_line(noon(ClockQuality::synchronised), camera::Overlay{}), "时钟未校准"));
}

TEST_CASE("overlay: institution, class, lesson, count and nonce each have their place") {
    auto overlay = synchronised();
    overlay.institution = "延吉市职业培训学校";
    overlay.training_class = "家政服务员 3 班";
    overlay.lesson = "第 5 课";
    overlay.checked_in = 17;
    overlay.nonce_code = "K7QF";
    CHECK(camera::overlay_lines(overlay) == "延吉市职业培训学校\n家政服务员 3 班\n第 5 课\n已签到 17 人  校验码 K7QF");
    CHECK(camera::overlay_lines(synchronised()) == "已签到 0 人");
}

TEST_CASE("F23: names cannot be read as markup, break the line or run off the picture") {
    auto overlay = synchronised();
    overlay.institution = "<b>A&B</b>\n\r\tC";
    CHECK(contains(camera::overlay_lines(overlay), "&lt;b&gt;A&amp;B&lt;/b&gt;   C\n"));
    overlay.institution.clear();
    for (int i = 0; i < 200; ++i) {
        overlay.institution += "𠮷"; // beyond the basic plane
    }
    std::string cut;
    for (int i = 0; i < 60; ++i) {
        cut += "𠮷";
    }
    CHECK(camera::overlay_lines(overlay) == cut + "\n已签到 0 人");
}
