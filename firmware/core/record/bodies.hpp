#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/core/training/training.hpp"

namespace xueshi::record {

/// What was recognised. Scores are in millionths, since bodies hold integers only.
enum class Evidence { face, finger, both, manual, paper };
std::string_view to_string(Evidence evidence);

enum class Direction { check_in, check_out, moment, both, unscheduled };
std::string_view to_string(Direction direction);
Expected<Direction> parse_direction(std::string_view text);

/// One accepted recognition. `lesson` and `direction` are what the screen showed; the registry decides by its plan.
struct Punch {
    PersonId person;
    RoomId room;
    ClassId training_class; ///< empty: unscheduled
    LessonId lesson;        ///< empty: unscheduled
    Direction direction = Direction::unscheduled;
    Evidence evidence = Evidence::face;
    std::int64_t score_millionths = 0;
    std::int64_t margin_millionths = -1; ///< to the second best person; -1: nobody else was enrolled or no margin given
    std::int64_t liveness_millionths = -1; ///< -1: not a face
    std::int64_t frames = 0;               ///< agreeing frames of the track
    MediaId clip;                          ///< empty: no camera
    std::string model;                     ///< models or matcher that decided
};
json::Object to_json(const Punch &punch);
Expected<Punch> punch_from_json(const json::Object &data);

/// Somebody stood there and no punch was made. `person` is never guessed: it is not in here.
enum class Refusal { unknown_person, ambiguous, several_people, not_live, poor_quality, no_match_finger };
std::string_view to_string(Refusal refusal);
struct RefusedAttempt {
    RoomId room;
    Refusal reason = Refusal::unknown_person;
    std::string factor; ///< "face" or "finger"
    std::int64_t score_millionths = -1;
    MediaId clip; ///< empty: none
};
json::Object to_json(const RefusedAttempt &attempt);

struct Consent {
    PersonId person;
    std::string purpose;   ///< "face", "finger", "clips_leave_device", "passed_to_bureau"
    std::string text_hash; ///< SHA-256 (hex) of the text shown
    std::string language;  ///< BCP 47
    bool given = true;     ///< false: withdrawn
};
json::Object to_json(const Consent &consent);

struct Enrolment {
    PersonId person;
    std::string factor;       ///< "face" or "finger"
    std::string from;         ///< "camera", "photograph", "reader"
    std::int64_t samples = 0; ///< templates kept
    std::string finger;       ///< "right_index", ...; empty for a face
    std::string model;
    std::string operator_name; ///< account of the operator, not of the trainee
};
json::Object to_json(const Enrolment &enrolment);

struct Erasure {
    PersonId person;
    std::string factor; ///< "face", "finger" or "all"
    std::string reason;
};
json::Object to_json(const Erasure &erasure);

struct ClipSaved {
    MediaId clip;
    std::string file;   ///< name inside media/
    std::string sha256; ///< hex
    std::int64_t bytes = 0;
    std::int64_t duration_ms = 0;
    std::int64_t frames = 0;
    std::int64_t first_wall_ms = 0;
    std::int64_t last_wall_ms = 0;
};
json::Object to_json(const ClipSaved &clip);

/// Appended when a lesson's end window has passed: everything of the lesson lies before it in the chain.
struct LessonClosed {
    ClassId training_class;
    LessonId lesson;
    RoomId room;
    std::int64_t window_end_ms = 0;
};
json::Object to_json(const LessonClosed &closed);
Expected<LessonClosed> lesson_closed_from_json(const json::Object &data);

struct Boot {
    std::string program;       ///< version
    std::string reason;        ///< "start", "adopted_salvage"
    std::string previous_head; ///< hex hash of the head found at start; empty: a new journal
};
json::Object to_json(const Boot &boot);

} // namespace xueshi::record
