#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware/checkin/status.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/kiosk/calls.hpp"
#include "firmware/kiosk/role.hpp"

/// What the screen shows, as values; README.md says what each field means.
namespace xueshi::kiosk {

struct LessonShown {
    ClassId training_class;
    LessonId lesson;
    std::string class_name, title, teacher;
    std::int64_t begin_ms = 0, end_ms = 0, opens_ms = 0, closes_ms = 0;
    std::int64_t present = 0, seen = 0, roster = 0; ///< people
    struct Video {
        std::int64_t recorded_ms = 0, usable_ms = 0, owed_ms = 0, faces = -1;
        std::int64_t counted_ms = 0; ///< of usable_ms what class hours owe
    };
    std::optional<Video> evidence; ///< nothing: no classroom camera
};

enum class DeviceState { none, down, running };

/// Of sync/status.json, as far as the screen shows it.
struct SyncShown {
    std::string state = "unknown";
    std::string claim_code;
    std::int64_t queue = 0, oldest_unsent_ms = 0, last_receipt_ms = 0, refused = 0;
    std::string error_zh, error_en, error_ko; ///< of the last try
    std::int64_t as_of_ms = 0;                ///< wall time of xueshi-syncd, when it wrote this
};
/// The text of status.json. What cannot be read is `unknown`.
SyncShown read_sync(std::string_view status_json);

/// Tells a daemon that is silent from one that lives by boot time: wall time jumps, and xueshi-syncd may go by another
/// one than this terminal, which does not believe every jump. Thread-bound.
class SyncWatch {
public:
    /// The same, or `stopped`.
    SyncShown look(std::string_view status_json, const Instant &now);

private:
    std::optional<std::int64_t> as_of_ms_;
    std::int64_t written_boot_ms_ = 0;
};

/// Somebody the bureau asked to show themselves again.
struct Asked {
    std::string name, number; ///< as the screen shows them
    std::int64_t until_ms = 0;
    CallState state = CallState::called;
};

/// Somebody far away who looks at what the camera sees, or saw.
struct Watcher {
    std::string what, by; ///< "take_picture" or "send_clip"; who ordered it
};

struct Status {
    Instant now;
    std::string institution;
    RoomId room;
    std::int64_t roster_as_of_ms = 0;
    std::vector<LessonShown> lessons;
    std::optional<LessonShown> next, picked; ///< of these only names, ids and begin
    std::vector<Asked> asked;
    std::vector<Watcher> watchers;
    SyncShown sync;
    DeviceState camera = DeviceState::none, reader = DeviceState::none, classroom = DeviceState::none,
                microphone = DeviceState::none;
    checkin::FingerOutcome finger = checkin::FingerOutcome::none;
    bool saved = true;
    std::vector<Role> first_pins; ///< that may be chosen at the screen
    std::vector<std::string> alarms;
};
json::Object to_json(const Status &status);

/// In thousandths of the picture's width and height.
struct Box {
    std::int64_t x = 0, y = 0, width = 0, height = 0;
    bool operator==(const Box &) const = default;
};
struct GuidanceShown {
    checkin::Guidance guidance = checkin::Guidance::no_roster;
    std::string crowd = "nobody";
    std::optional<Box> face;
    bool operator==(const GuidanceShown &) const = default;
};
json::Object to_json(const GuidanceShown &guidance);

/// How loud the microphone is, in dB of full scale, for its test.
struct SoundShown {
    std::int64_t dbfs = 0;
    std::int64_t silent_below = 0; ///< counts as silence, which makes a lesson video of no use
};
json::Object to_json(const SoundShown &sound);

struct PunchOfLesson {
    record::Direction direction = record::Direction::unscheduled;
    std::int64_t wall_ms = 0;
};
/// A trainee's class hours as the registry had counted them.
struct HoursShown {
    std::int64_t proved = 0, possible = 0, filed = 0, as_of_ms = 0;
    std::int64_t punches_since = 0; ///< at this terminal, this one too; hours are not made of them here
    bool more_since = false;        ///< that many at least: the terminal remembers no more
};
struct Recorded {
    record::Sequence seq = 0;
    Instant at;
    record::Direction direction = record::Direction::unscheduled;
    record::Evidence evidence = record::Evidence::face;
    PersonId person;
    std::string name, number, class_name, title; ///< as the screen shows them
    std::vector<PunchOfLesson> punches;
    std::optional<HoursShown> hours; ///< nothing: not known
    bool reverification = false;     ///< the answer to a call
};
json::Object to_json(const Recorded &recorded);

struct Refused {
    record::Sequence seq = 0;
    Instant at;
    std::string reason, factor, detail, advice;
};
json::Object to_json(const Refused &refused);

/// What to advise whoever was refused: again; from the second refusal in a minute the finger; then to say "I am here
/// and was not recognised". A punch, that claim, and a minute without refusal begin anew. Thread-bound.
class Advice {
public:
    std::string after_refusal(std::int64_t boot_ms, bool has_reader);
    void begin_anew() { refusals_ = 0; }

private:
    std::int64_t refusals_ = 0, last_boot_ms_ = 0;
};

} // namespace xueshi::kiosk
