#include "firmware/xueshictl/video_status.hpp"

#include <fmt/format.h>

#include "firmware/core/base/clock.hpp"
#include "firmware/xueshictl/connection.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::string device(const json::Object &video, std::string_view kind, std::string_view running) {
    const auto named = text_of(video, kind);
    return named == "none" ? "未配置 not configured"
           : named == "kiosk"
               ? "用打卡摄像头 the kiosk's camera"
               : fmt::format("{} {}", flag_of(video, running) ? "正常 running" : "未连接 missing", named);
}

/// Class hours of a lesson that are over or under way, and have less than they owe.
std::int64_t hours_short(const json::Object &lesson, std::int64_t now_ms) {
    std::int64_t count = 0;
    for (const auto &value : array_of(lesson, "hours")) {
        const auto hour = value.is_object() ? value.get_object() : json::Object();
        const bool begun = number_of(hour, "start_ms") <= now_ms;
        count += begun && number_of(hour, "usable_ms") < number_of(hour, "owed_ms") ? 1 : 0;
    }
    return count;
}

std::string describe_lesson(const json::Object &lesson, std::int64_t now_ms) {
    const auto faces = number_of(lesson, "faces");
    auto line =
        fmt::format("录像 evidence         {} 起 {}/{}: 可用 usable {} of {} min, 人脸 faces {}, 打卡 checked in {}\n",
                    shanghai_time(number_of(lesson, "start_ms")), text_of(lesson, "class"), text_of(lesson, "lesson"),
                    number_of(lesson, "usable_ms") / kMinuteMs, number_of(lesson, "owed_ms") / kMinuteMs,
                    faces < 0 ? "–" : std::to_string(faces), number_of(lesson, "checked_in"));
    if (const auto missing = hours_short(lesson, now_ms); missing > 0) {
        line += fmt::format("提醒 NOTE             其中 {} 个课时录像尚不足 {} class hours still lack minutes\n",
                            missing, missing);
    }
    return line;
}

} // namespace

std::string describe_video(const json::Object &video, std::int64_t now_ms) {
    auto text = fmt::format(
        "课堂录像 video        {}, 麦克风 microphone {}{}\n", device(video, "camera", "camera_running"),
        device(video, "microphone", "microphone_running"), flag_of(video, "filming") ? ", 正在录制 filming" : "");
    for (const auto &lesson : array_of(video, "lessons")) {
        text += describe_lesson(lesson.is_object() ? lesson.get_object() : json::Object(), now_ms);
    }
    if (flag_of(video, "stopped_for_space")) {
        text += "警告 ALARM            磁盘已满，课堂录像已停止，请让存档完成或更换存储 the disk is full, the lesson "
                "is not "
                "filmed: let the archive finish, or give it a larger disk\n";
    }
    if (const auto unsaved = number_of(video, "unsaved_films"); unsaved > 0) {
        text += fmt::format(
            "警告 ALARM            {} 段录像尚未记入日志，将自动重试 {} films are not in the journal yet: it is "
            "tried again\n",
            unsaved, unsaved);
    }
    return text;
}

} // namespace xueshi::xueshictl
