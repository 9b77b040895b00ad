#include "firmware/core/record/event.hpp"

#include <array>
#include <utility>

namespace xueshi::record {
namespace {

constexpr std::array<std::pair<EventKind, std::string_view>, 28> kKinds{{
    {EventKind::punch, "punch"},
    {EventKind::refused_attempt, "refused_attempt"},
    {EventKind::pending_claim, "pending_claim"},
    {EventKind::enrolment, "enrolment"},
    {EventKind::consent, "consent"},
    {EventKind::accommodation, "accommodation"},
    {EventKind::erasure, "erasure"},
    {EventKind::clip_saved, "clip_saved"},
    {EventKind::lesson_video_saved, "lesson_video_saved"},
    {EventKind::headcount, "headcount"},
    {EventKind::camera_gap, "camera_gap"},
    {EventKind::reader_gap, "reader_gap"},
    {EventKind::clock_step, "clock_step"},
    {EventKind::nonce, "nonce"},
    {EventKind::heartbeat, "heartbeat"},
    {EventKind::lesson_closed, "lesson_closed"},
    {EventKind::boot, "boot"},
    {EventKind::shutdown, "shutdown"},
    {EventKind::operator_action, "operator_action"},
    {EventKind::tamper, "tamper"},
    {EventKind::sync_rejection, "sync_rejection"},
    {EventKind::storage_gap, "storage_gap"},
    {EventKind::microphone_gap, "microphone_gap"},
    {EventKind::content_fault, "content_fault"},
    {EventKind::recording_gap, "recording_gap"},
    {EventKind::media_deleted, "media_deleted"},
    {EventKind::command, "command"},
    {EventKind::command_result, "command_result"},
}};

constexpr std::array<std::pair<SourceKind, std::string_view>, 4> kSources{{
    {SourceKind::physical, "physical"},
    {SourceKind::replay, "replay"},
    {SourceKind::virtual_device, "virtual"},
    {SourceKind::paper, "paper"},
}};

} // namespace

std::string_view to_string(EventKind kind) {
    for (const auto &[value, text] : kKinds) {
        if (value == kind) {
            return text;
        }
    }
    return "unknown";
}

Expected<EventKind> parse_event_kind(std::string_view text) {
    for (const auto &[value, name] : kKinds) {
        if (name == text) {
            return value;
        }
    }
    return fail(ErrorCode::invalid_argument, "unknown kind of event: " + std::string(text.substr(0, 64)));
}

std::string_view to_string(SourceKind kind) {
    for (const auto &[value, text] : kSources) {
        if (value == kind) {
            return text;
        }
    }
    return "unknown";
}

Expected<SourceKind> parse_source_kind(std::string_view text) {
    for (const auto &[value, name] : kSources) {
        if (name == text) {
            return value;
        }
    }
    return fail(ErrorCode::invalid_argument, "source.kind: physical, replay, virtual or paper expected");
}

Source joined(const Source &one, const Source &other) {
    return {one.kind == SourceKind::physical ? other.kind : one.kind, one.driver + "+" + other.driver};
}

} // namespace xueshi::record
