#include <algorithm>
#include <string_view>

#include "firmware/core/base/json_members.hpp"
#include "firmware/kiosk/status.hpp"

namespace xueshi::kiosk {

using json::number_of;
using json::text_of;

namespace {

constexpr std::int64_t kSilentMs = 90'000; // xueshi-syncd writes every 30 s
constexpr json::Limits kLimits{.bytes = 64u << 10, .depth = 4};

/// The upload alone says so late: with nothing to send it asks once a minute.
bool unreachable(const json::Object &sync) {
    const auto *reachable = sync.if_contains("reachable");
    return reachable != nullptr && reachable->is_bool() && !reachable->get_bool();
}

std::string state_of(const json::Object &sync) {
    const auto phase = text_of(sync, "phase");
    if (phase != "delivering") {
        return phase == "waiting_approval" ? phase : "claiming";
    }
    return unreachable(sync) || sync.contains("upload_error") ? "offline" : "online";
}

} // namespace

SyncShown read_sync(std::string_view status_json) {
    SyncShown shown;
    const auto value = json::parse(status_json, kLimits);
    if (!value || !value->is_object()) {
        return shown;
    }
    const auto &sync = value->get_object();
    shown.state = state_of(sync);
    shown.as_of_ms = number_of(sync, "as_of_ms");
    shown.claim_code = text_of(sync, "claim_code");
    shown.queue = number_of(sync, "queue");
    shown.oldest_unsent_ms = number_of(sync, "oldest_unsent_ms");
    shown.last_receipt_ms = number_of(sync, "last_receipt_ms");
    shown.refused = number_of(sync, "quarantined");
    for (const std::string_view key : {"upload_error", "roster_error", "command_error"}) {
        if (key == "command_error" && !unreachable(sync)) {
            continue; // one command failed, not the line
        }
        const auto *words = sync.if_contains(key);
        if (words != nullptr && words->is_object() && shown.error_zh.empty()) {
            shown.error_zh = text_of(words->get_object(), "zh");
            shown.error_en = text_of(words->get_object(), "en");
            shown.error_ko = text_of(words->get_object(), "ko");
        }
    }
    return shown;
}

SyncShown SyncWatch::look(std::string_view status_json, const Instant &now) {
    auto shown = read_sync(status_json);
    if (shown.state == SyncShown().state) {
        return shown;
    }
    if (as_of_ms_ != shown.as_of_ms) {
        // Of what was written before the first look a clock that nobody doubts says how old it is.
        const bool is_told = !as_of_ms_ && now.quality == ClockQuality::synchronised;
        const auto age_ms = is_told ? now.wall_ms - std::clamp<std::int64_t>(shown.as_of_ms, 0, now.wall_ms) : 0;
        written_boot_ms_ = now.boot_ms - age_ms;
        as_of_ms_ = shown.as_of_ms;
    }
    if (now.boot_ms - written_boot_ms_ > kSilentMs) {
        shown.state = "stopped";
    }
    return shown;
}

} // namespace xueshi::kiosk
