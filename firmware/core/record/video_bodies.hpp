#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/json.hpp"

/// The bodies of events about the classroom's video: beside bodies.hpp, since few read them.
namespace xueshi::record {

/// A lesson that was held in the room: two classes may share it.
struct LessonRef {
    ClassId training_class;
    LessonId lesson;
    auto operator<=>(const LessonRef &) const = default;
};

/// Both clocks of one moment; a body's envelope says which boot.
struct Moment {
    std::int64_t wall_ms = 0, boot_ms = 0;
    bool operator==(const Moment &) const = default;
};
inline Moment moment_of(const Instant &at) {
    return {at.wall_ms, at.boot_ms};
}

/// One file of lesson video (regulation art. 14: at least ten minutes a class hour, the whole course archived).
struct LessonVideoSaved {
    MediaId video;
    std::string file;   ///< name inside media/
    std::string sha256; ///< hex
    std::int64_t bytes = 0;
    std::int64_t duration_ms = 0;
    std::int64_t frames = 0;
    std::int64_t sound_ms = 0; ///< of the track with sound; 0: recorded without
    std::string camera;        ///< "classroom"; "kiosk": one camera for both
    RoomId room;
    std::vector<LessonRef> lessons; ///< empty: the clock was unset, and no plan could be asked
    Moment first, last;             ///< PTS of the first and the last picture, in both clocks
    std::string boot_id;            ///< of these two: the file may be saved after the next start
    /// Times without picture inside the file, longer than three pictures, of the boot clock: first missing, first
    /// after.
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
    bool recovered = false; ///< cut off by the end of power or program; ends with its last whole fragment
};
inline constexpr std::size_t kMaxVideoGaps = 256, kMaxVideoLessons = 16;
json::Object to_json(const LessonVideoSaved &video);
Expected<LessonVideoSaved> lesson_video_saved_from_json(const json::Object &data);

/// The faces that the detector counts in one picture, beside who is checked in (art. 14: the headcount is visible).
struct Headcount {
    RoomId room;
    std::vector<LessonRef> lessons;
    std::string camera;
    std::int64_t faces = 0;
    std::int64_t checked_in = 0; ///< of all these lessons
};
json::Object to_json(const Headcount &count);
Expected<Headcount> headcount_from_json(const json::Object &data);

/// A device was lost or is back: `camera_gap`, `microphone_gap`.
struct DeviceGap {
    std::string device; ///< "kiosk", "classroom", "microphone"
    bool lost = false;
    std::string reason;       ///< of a loss
    std::int64_t lost_ms = 0; ///< of a return: how long it was away; -1: since before the start
};
json::Object to_json(const DeviceGap &gap);

enum class Fault { frozen, black, covered, looped, silent };
std::string_view to_string(Fault fault);
Expected<Fault> parse_fault(std::string_view text);

/// A stretch of video or sound that shows nothing of the lesson. Told when it is certain and again when it is over.
struct ContentFault {
    std::string device; ///< "classroom", "kiosk", "microphone"
    Fault fault = Fault::frozen;
    bool over = false;
    Moment since, until; ///< `until`: the last moment it was seen so far
};
json::Object to_json(const ContentFault &fault);
Expected<ContentFault> content_fault_from_json(const json::Object &data);

/// F03: video never takes the room that records need.
struct RecordingGap {
    bool stopped = false;
    std::string reason; ///< "disk_full" or what a write said
    std::int64_t free_bytes = 0;
};
json::Object to_json(const RecordingGap &gap);

struct MediaDeleted {
    MediaId media;
    std::string file;
    std::string reason; ///< "confirmed_days", "withheld_days", "confirmed_bytes", "unknown_person", "file_missing"
    std::int64_t bytes = 0;
};
json::Object to_json(const MediaDeleted &deleted);
Expected<MediaDeleted> media_deleted_from_json(const json::Object &data);

} // namespace xueshi::record
