#include <fmt/format.h>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/xueshictl/commands.hpp"
#include "firmware/xueshictl/connection.hpp"
#include "firmware/xueshictl/sync_status.hpp"
#include "firmware/xueshictl/video_status.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr int kTimeoutMs = 10'000;
constexpr std::uint64_t kMaxSyncStatus = 64u << 10;

/// syncd's own word about itself; nothing while it has not written any.
std::optional<json::Object> sync_status(const Places &places) {
    const auto text = read_file(places.sync / "status.json", kMaxSyncStatus);
    if (!text) {
        return std::nullopt;
    }
    auto value = json::parse(*text);
    return value && value->is_object() ? std::optional(value->get_object()) : std::nullopt;
}

std::string device_line(const json::Object &device) {
    if (!flag_of(device, "wanted")) {
        return "未配置 not configured";
    }
    return fmt::format("{} {}", flag_of(device, "running") ? "正常 running" : "未连接 missing",
                       text_of(device, "driver"));
}

/// The reader's line, and what somebody must do about it.
void print_reader(const json::Object &reader) {
    const auto family = text_of(reader, "family");
    fmt::print("指纹仪 reader         {}{}\n", device_line(reader), family.empty() ? "" : " (" + family + ")");
    if (const auto owed = number_of(reader, "still_to_erase"); owed > 0) {
        fmt::print(
            "警告 ALARM            指纹仪内尚有 {} 枚指纹待删除，请接上该指纹仪 {} prints are still to be erased in "
            "a reader: plug it in\n",
            owed, owed);
    }
    for (const auto &finger : array_of(reader, "foreign_fingers")) {
        const auto one = finger.is_object() ? finger.get_object() : json::Object();
        fmt::print(
            "警告 ALARM            {} 号 {} 的指纹模板属于另一种指纹仪或格式（{}），本机不能使用：请重新录入，或接回"
            "原指纹仪 the template of number {}, {}, belongs to another reader or format: enrol it again, or plug "
            "that reader in\n",
            text_of(one, "number"), text_of(one, "finger"), text_of(one, "family"), text_of(one, "number"),
            text_of(one, "finger"));
    }
}

std::string finger_line(const json::Object &checkin) {
    const auto outcome = text_of(checkin, "finger");
    return outcome == "matched"         ? "识别成功 matched"
           : outcome == "not_matched"   ? "未识别 not matched"
           : outcome == "too_poor"      ? "质量不佳 too poor"
           : outcome == "reader_absent" ? "指纹仪未连接 reader absent"
                                        : "";
}

void print_last_punch(const json::Object &checkin) {
    const auto last = object_of(checkin, "last_punch");
    if (!last.empty()) {
        fmt::print("最近打卡 last punch   {} seq {} {} {}\n", shanghai_time(number_of(last, "wall_ms")),
                   number_of(last, "seq"), text_of(last, "direction"), text_of(last, "evidence"));
    }
}

void print(const json::Object &status) {
    const auto checkin = object_of(status, "checkin");
    fmt::print("设备 device           {} (seq {})\n", text_of(status, "device"), number_of(status, "seq"));
    fmt::print("时钟 clock            {} {}\n", shanghai_time(number_of(status, "wall_ms")), text_of(status, "clock"));
    fmt::print("摄像头 camera         {}\n", device_line(object_of(status, "camera")));
    print_reader(object_of(status, "reader"));
    if (const auto video = object_of(status, "video"); !video.empty()) {
        fmt::print("{}", describe_video(video, number_of(status, "wall_ms")));
    }
    if (number_of(status, "roster_classes") == 0) {
        fmt::print("名册 roster           尚未下发 not received yet\n");
    } else {
        fmt::print("名册 roster           {} 班 classes, {} 人 trainees, {}\n", number_of(status, "roster_classes"),
                   number_of(status, "roster_trainees"), shanghai_time(number_of(status, "roster_as_of_ms")));
    }
    fmt::print("已录入 enrolled       人脸 faces {}, 指纹 fingers {}\n", number_of(status, "enrolled_faces"),
               number_of(status, "enrolled_fingers"));
    fmt::print("提示 screen           {} {}\n", text_of(checkin, "text_zh"), text_of(checkin, "text_en"));
    if (const auto finger = finger_line(checkin); !finger.empty()) {
        fmt::print("最近指纹 last finger  {}\n", finger);
    }
    print_last_punch(checkin);
    if (const auto alarm = text_of(status, "journal_alarm"); !alarm.empty()) {
        fmt::print("警告 ALARM            日志已换新链，请查明原因 the journal began a new chain: {}\n", alarm);
    }
    if (const auto refused = number_of(status, "journal_refused"); refused > 0) {
        fmt::print("警告 ALARM            存储已满，{} 条记录未能保存 the disk is full: {} events were refused\n",
                   refused, refused);
    }
    if (const auto *again = status.if_contains("enrol_again");
        again != nullptr && again->is_array() && !again->get_array().empty()) {
        fmt::print("警告 ALARM            识别模型已更换，须重新录入 the model changed, enrol again: {}\n",
                   json::serialize(*again));
    }
    if (const auto why = text_of(status, "face_error");
        !why.empty() && flag_of(object_of(status, "camera"), "wanted")) {
        fmt::print("警告 ALARM            无法识别人脸 no face is recognised: {}\n", why);
    }
    if (flag_of(status, "templates_refused")) {
        fmt::print("警告 ALARM            模板被改动，已拒绝载入 templates were changed and are not used\n");
    }
    if (const auto sync = object_of(status, "sync"); !sync.empty()) {
        fmt::print("{}", describe_sync(sync, number_of(status, "wall_ms")));
    }
}

} // namespace

Expected<void> show_diagnostics(const Places &places) {
    const auto answer = call(places, "diagnostics", {}, kTimeoutMs);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    fmt::print("{}\n", json::serialize(object_of(*answer, "report")));
    return {};
}

Expected<void> show_status(const Places &places, bool as_json) {
    auto status = call(places, "status", {}, kTimeoutMs);
    if (!status) {
        return tl::unexpected(status.error());
    }
    if (auto sync = sync_status(places)) {
        (*status)["sync"] = std::move(*sync);
    }
    if (as_json) {
        fmt::print("{}\n", json::serialize(*status));
    } else {
        print(*status);
    }
    return {};
}

} // namespace xueshi::xueshictl
