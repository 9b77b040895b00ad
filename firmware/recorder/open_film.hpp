#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmware/core/record/event.hpp"
#include "firmware/core/record/video_bodies.hpp"

namespace xueshi::recorder {

/// A lesson video that was begun and is not yet in the journal: what its event will say, written down beside it
/// (`<id>.open.json`) when it is begun, since a power cut leaves only files.
struct OpenFilm {
    MediaId id;
    Uuid event; ///< of its `lesson_video_saved`: made once, so that a second try is no second event
    record::Source source;
    std::string camera;
    RoomId room;
    std::vector<record::LessonRef> lessons;
    Instant first; ///< of the first picture

    std::filesystem::path film(const std::filesystem::path &media) const { return media / (id.str() + ".mp4"); }
    std::filesystem::path note(const std::filesystem::path &media) const { return media / (id.str() + ".open.json"); }
};

std::string write_open_film(const OpenFilm &film);
Expected<OpenFilm> read_open_film(std::string_view text);

/// All that lie in the directory, the oldest first; a note that cannot be read is logged and left out.
std::vector<OpenFilm> find_open_films(const std::filesystem::path &media);

/// Makes a whole file out of what is left of an interrupted film: cut after its last whole fragment, fsynced, renamed,
/// its directory fsynced. It may be finished already. `corrupt`: nothing of it can be played; nothing was changed.
Expected<record::LessonVideoSaved> mend(const std::filesystem::path &media, const OpenFilm &film);

/// The event that says it is saved.
record::EventDraft draft_of(const OpenFilm &film, const record::LessonVideoSaved &saved, const Instant &now);

} // namespace xueshi::recorder
