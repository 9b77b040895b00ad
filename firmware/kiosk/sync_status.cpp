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

std::string state_of(const json::Object &sync, std::int64_t now_ms) {
    if (now_ms - number_of(sync, "as_of_ms") > kSilentMs) {
        return "stopped";
    }
    const auto phase = text_of(sync, "phase");
    if (phase != "delivering") {
        return phase == "waiting_approval" ? phase : "claiming";
    }
    return unreachable(sync) || sync.contains("upload_error") ? "offline" : "online";
}

} // namespace

SyncShown read_sync(std::string_view status_json, std::int64_t now_ms) {
    SyncShown shown;
    const auto value = json::parse(status_json, kLimits);
    if (!value || !value->is_object()) {
        return shown;
    }
    const auto &sync = value->get_object();
    shown.state = state_of(sync, now_ms);
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

} // namespace xueshi::kiosk
