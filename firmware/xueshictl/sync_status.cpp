#include "firmware/xueshictl/sync_status.hpp"

#include <fmt/format.h>

#include "firmware/core/base/clock.hpp"
#include "firmware/xueshictl/connection.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr std::int64_t kSilentMs = 90'000; // it writes every 30 s

std::string time_or_never(std::int64_t wall_ms) {
    return wall_ms == 0 ? "从未 never" : shanghai_time(wall_ms);
}

std::string phase_line(const json::Object &sync) {
    const auto phase = text_of(sync, "phase");
    if (phase == "delivering") {
        return "正在上报 delivering";
    }
    if (phase == "waiting_approval") {
        return fmt::format("等待平台批准，请核对代码 waiting for approval, code {}", text_of(sync, "claim_code"));
    }
    return "正在认领 claiming";
}

std::string paused_line(const std::string &why) {
    return why == "metered" ? "                      计流量网络，片段暂停 on a metered link clips wait\n"
           : why == "hours" ? "                      未到上传时段，片段暂停 clips wait for their hours\n"
           : why == "clock" ? "                      时钟未校准，片段暂停 clips wait until the clock is set\n"
                            : "";
}

/// The error in both languages under `key`; empty: the last try went well.
std::string error_line(const json::Object &sync, std::string_view key, std::string_view label) {
    const auto words = object_of(sync, key);
    return words.empty() ? std::string() : fmt::format("{} {} {}\n", label, text_of(words, "zh"), text_of(words, "en"));
}

} // namespace

std::string describe_sync(const json::Object &sync, std::int64_t now_ms) {
    std::string out = fmt::format("同步 sync             {}\n", phase_line(sync));
    if (const auto as_of_ms = number_of(sync, "as_of_ms"); now_ms - as_of_ms > kSilentMs) {
        out += fmt::format("警告 ALARM            同步程序未运行？ does syncd run? its last word is of {}\n",
                           shanghai_time(as_of_ms));
    }
    const auto queue = number_of(sync, "queue");
    out += fmt::format("待上报 queue          {} 条 events{}\n", queue,
                       queue == 0 ? "" : ", 最早 oldest " + time_or_never(number_of(sync, "oldest_unsent_ms")));
    out += fmt::format("最近回执 last receipt {} (seq {})\n", time_or_never(number_of(sync, "last_receipt_ms")),
                       number_of(sync, "acked_seq"));
    out += fmt::format("片段 clips            {} 待上传 waiting, {} 不外传 withheld\n", number_of(sync, "clips"),
                       number_of(sync, "clips_withheld"));
    out += paused_line(text_of(sync, "clips_paused"));
    if (const auto films = number_of(sync, "films"); films > 0) {
        out += fmt::format("课时视频 videos       {} 待存档 wait for the archive{}\n", films,
                           text_of(sync, "films_paused").empty() ? "" : "，未到时段 not now");
    }
    if (const auto refused = number_of(sync, "quarantined"); refused > 0) {
        out +=
            fmt::format("警告 ALARM            平台退回 {} 条记录，本机保存 the registry refused {} events; they are "
                        "kept here\n",
                        refused, refused);
    }
    if (const auto waiting = number_of(sync, "former_waiting"); waiting > 0) {
        out += fmt::format(
            "警告 ALARM            {} 条旧日志链平台不再接收，请联系平台管理员 the registry takes no more of "
            "{} former chains: ask its operator\n",
            waiting, waiting);
    }
    out += error_line(sync, "upload_error", "上报出错 error       ");
    out += error_line(sync, "roster_error", "名册出错 error       ");
    out += error_line(sync, "clip_error", "片段出错 error       ");
    out += error_line(sync, "film_error", "存档出错 error       ");
    out += error_line(sync, "inbox_error", "U盘出错 error        ");
    out += error_line(sync, "command_error", "指令出错 error       ");
    return out;
}

} // namespace xueshi::xueshictl
