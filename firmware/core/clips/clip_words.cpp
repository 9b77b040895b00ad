#include "firmware/core/clips/clip_words.hpp"

#include <algorithm>
#include <array>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json_members.hpp"

namespace xueshi::clips {

using json::text_of;
using record::EventKind;

namespace {

constexpr std::array kOtherWords{EventKind::punch, EventKind::refused_attempt, EventKind::pending_claim,
                                 EventKind::consent, EventKind::media_deleted};

bool is_kind(std::string_view kind, EventKind wanted) {
    return kind == record::to_string(wanted);
}

ClipWord word_of(EventKind kind, const json::Object &data) {
    if (kind == EventKind::media_deleted) {
        return DeletedClip{MediaId(text_of(data, "media"))};
    }
    const PersonId person(text_of(data, "person"));
    if (kind == EventKind::consent) {
        const json::Value *given = data.if_contains("given");
        return text_of(data, "purpose") == "clips_leave_device"
                   ? ClipWord(LeaveConsent{person, given != nullptr && given->is_bool() && given->get_bool()})
                   : ClipWord();
    }
    const MediaId clip(text_of(data, "clip"));
    return clip.empty() ? ClipWord() : ClipWord(ShownIn{clip, person, ClassId(text_of(data, "class"))});
}

} // namespace

Expected<SavedClip> saved_clip(const record::EventBody &body) {
    const auto clip = Uuid::parse(text_of(body.data, "clip"));
    const auto digest = parse_sha256(text_of(body.data, "sha256"));
    const json::Value *bytes = body.data.if_contains("bytes");
    SavedClip saved;
    saved.file = text_of(body.data, "file");
    const bool sound = is_kind(body.kind, EventKind::clip_saved) && clip && digest && is_plain_name(saved.file) &&
                       bytes != nullptr && bytes->is_int64() && bytes->get_int64() >= 0;
    if (!sound) {
        return fail(ErrorCode::invalid_argument, "the event names no clip");
    }
    saved.announcement.clip = MediaId(clip->str());
    saved.announcement.event = body.id;
    saved.announcement.sha256 = *digest;
    saved.announcement.bytes = bytes->get_int64();
    return saved;
}

Expected<SavedClip> saved_clip(const record::StoredEvent &event) {
    const auto body = record::read_body(event);
    return body ? saved_clip(*body) : tl::unexpected<Error>(body.error());
}

ClipWord clip_word(const record::EventBody &body) {
    if (is_kind(body.kind, EventKind::clip_saved)) {
        auto saved = saved_clip(body);
        return saved ? ClipWord(std::move(*saved)) : ClipWord();
    }
    for (const EventKind kind : kOtherWords) {
        if (is_kind(body.kind, kind)) {
            return word_of(kind, body.data);
        }
    }
    return {};
}

ClipWord clip_word(const record::StoredEvent &event) {
    const auto has_word = [&](EventKind kind) { return is_kind(event.kind, kind); };
    if (!has_word(EventKind::clip_saved) && std::ranges::none_of(kOtherWords, has_word)) {
        return {}; // most events: not worth reading
    }
    const auto body = record::read_body(event);
    return body ? clip_word(*body) : ClipWord();
}

} // namespace xueshi::clips
