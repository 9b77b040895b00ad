#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/record/event.hpp"

/// What events say of clips.
namespace xueshi::clips {

/// What makes a clip this clip: so its signed `clip_saved` event names it, and so an upload announces it.
struct ClipAnnouncement {
    MediaId clip; ///< UUID
    Uuid event;   ///< the `clip_saved` event
    Sha256 sha256{};
    std::int64_t bytes = 0;
    bool operator==(const ClipAnnouncement &) const = default;
};

struct SavedClip {
    ClipAnnouncement announcement;
    std::string file; ///< a plain name inside media/; anything else is an error
};
/// Error: not a `clip_saved` event, or one that does not read.
Expected<SavedClip> saved_clip(const record::StoredEvent &event);
Expected<SavedClip> saved_clip(const record::EventBody &body);

/// A punch, a refused attempt or a claim names the clip that shows it.
struct ShownIn {
    MediaId clip;
    PersonId person; ///< empty: nobody was recognised
    ClassId training_class;
};
/// Somebody's word on whether clips of them may leave the device; the newest counts.
struct LeaveConsent {
    PersonId person;
    bool given = false;
};
/// The terminal deleted this clip, or a lesson video of that name.
struct DeletedClip {
    MediaId clip;
};
/// Nothing for an event that says nothing of clips, or does not read: the registry judges that one.
using ClipWord = std::variant<std::monostate, SavedClip, ShownIn, LeaveConsent, DeletedClip>;
ClipWord clip_word(const record::StoredEvent &event);
ClipWord clip_word(const record::EventBody &body);

} // namespace xueshi::clips
