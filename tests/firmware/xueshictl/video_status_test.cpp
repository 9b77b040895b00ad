#include "firmware/xueshictl/video_status.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using xueshictl::describe_video;

namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kEight = 1'790'380'800'000; // 2026-09-26 08:00 in Shanghai

json::Object hour(std::int64_t start_ms, std::int64_t usable_minutes) {
    return {{"start_ms", start_ms}, {"usable_ms", usable_minutes * kMinute}, {"owed_ms", 10 * kMinute}};
}

json::Object video(json::Array lessons = {}) {
    return {{"camera", "rtsp"}, {"camera_running", true},     {"microphone", "alsa"}, {"microphone_running", false},
            {"filming", true},  {"stopped_for_space", false}, {"unsaved_films", 0},   {"lessons", std::move(lessons)}};
}

bool says(const std::string &text, const char *what) {
    return text.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("xueshictl: of each lesson the minutes there are and those owed are told, and heads beside punches") {
    const json::Object lesson{{"class", "c-1"},
                              {"lesson", "l-2"},
                              {"start_ms", kEight},
                              {"end_ms", kEight + 80 * kMinute},
                              {"usable_ms", 31 * kMinute},
                              {"owed_ms", 20 * kMinute},
                              {"checked_in", 12},
                              {"faces", 11},
                              {"hours", json::Array{hour(kEight, 31), hour(kEight + 40 * kMinute, 0)}}};
    const auto early = describe_video(video({lesson}), kEight + 39 * kMinute);
    CHECK(says(early, "正常 running rtsp"));
    CHECK(says(early, "未连接 missing alsa"));
    CHECK(says(early, "正在录制 filming"));
    CHECK(says(early, "2026-09-26 08:00:00"));
    CHECK(says(early, "usable 31 of 20 min, 人脸 faces 11, 打卡 checked in 12"));
    CHECK_FALSE(says(early, "NOTE"));
    CHECK(says(describe_video(video({lesson}), kEight + 41 * kMinute), "1 class hours still lack minutes"));
}

TEST_CASE("xueshictl: a lesson whose heads were not counted yet shows none, not minus one") {
    const json::Object lesson{{"start_ms", kEight}, {"faces", -1}};
    const auto text = describe_video(video({lesson}), kEight);
    CHECK(says(text, "faces –"));
    CHECK_FALSE(says(text, "-1"));
}

TEST_CASE("F03: that the lesson is not filmed for want of room is told, with what to do") {
    auto full = video();
    full["stopped_for_space"] = true;
    full["unsaved_films"] = 2;
    const auto text = describe_video(full, kEight);
    CHECK(says(text, "the disk is full, the lesson is not filmed"));
    CHECK(says(text, "2 films are not in the journal yet"));
}

TEST_CASE("xueshictl: a video's word that is damaged or empty is no trouble") {
    CHECK(says(describe_video({{"camera", "none"}, {"microphone", "none"}}, 0), "未配置 not configured"));
    CHECK_FALSE(describe_video({{"lessons", json::Array{1, "x", json::Object{{"hours", 3}}}}}, 0).empty());
}
