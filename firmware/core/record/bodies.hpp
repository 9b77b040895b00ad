#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
    std::int64_t score_millionths = 0;   ///< -1: `by_reader`, and no face beside it
    std::int64_t margin_millionths = -1; ///< to the second best person; -1: nobody else was enrolled or no margin given
    std::int64_t liveness_millionths = -1; ///< -1: not a face
    std::int64_t frames = 0;               ///< agreeing frames of the track
    MediaId clip;                          ///< empty: no camera
    std::string model;                     ///< models or matcher that decided; empty: a person did
    std::string operator_name = {};        ///< of a manual punch only: who vouches
    std::string reason = {};               ///< of a manual punch only
    bool active_check = false;             ///< the head was turned as asked
    std::string accommodation = {};        ///< "finger", "third_factor": a recorded difficulty, hence no suspicion
    bool by_reader = false;      ///< the reader matched the finger by itself, which gives no score and no margin
    bool reverification = false; ///< asked for inside the lesson: a moment, which opens and closes nothing
};
json::Object to_json(const Punch &punch);
Expected<Punch> punch_from_json(const json::Object &data);

/// Somebody stood there and no punch was made. `person` is never guessed: it is not in here.
enum class Refusal {
    unknown_person,
    ambiguous,
    several_people,
    not_live,
    poor_quality,
    no_match_finger,
    no_second_factor,    ///< the class wants face and finger, and one of them did not come in time
    active_check_failed, ///< the head was not turned as asked
};
std::string_view to_string(Refusal refusal);
struct RefusedAttempt {
    RoomId room;
    Refusal reason = Refusal::unknown_person;
    std::string factor; ///< "face" or "finger"
    std::int64_t score_millionths = -1;
    MediaId clip;            ///< empty: none
    std::string detail = {}; ///< of poor_quality: the flaw, or why the reader could not use the finger; empty: none
};
json::Object to_json(const RefusedAttempt &attempt);

/// One purpose each, so that each can be refused or withdrawn alone (个人信息保护法 art. 29;
/// 人脸识别技术应用安全管理办法).
struct Consent {
    PersonId person;
    std::string purpose;        ///< "face", "finger", "clips_leave_device", "passed_to_bureau"
    std::string text_hash;      ///< SHA-256 (hex) of the text shown
    std::string language;       ///< BCP 47
    bool given = true;          ///< false: withdrawn, or over (`reason`)
    std::string retention = {}; ///< how long, as the text says: "claims_reviewed", ...
    std::string processor = {}; ///< id of the institution that processes
    std::string guardian = {};  ///< "mother", "father", "other_guardian"; empty: the person's own consent
    std::string operator_name = {};
    std::string reason = {}; ///< of an end that nobody asked for: "retention_over"; empty: somebody's word
};
json::Object to_json(const Consent &consent);

struct Enrolment {
    PersonId person;
    std::string factor;       ///< "face" or "finger"
    std::string from;         ///< "camera", "photograph", "reader"
    std::int64_t samples = 0; ///< templates kept
    std::string finger = {};  ///< "right_index", ...; empty for a face
    std::string model = {};
    std::string operator_name = {};      ///< account of the operator, not of the trainee
    std::vector<std::string> poses = {}; ///< of the samples, in order: "front", "left", ...; empty: not asked for
    std::string document = {};           ///< where the portrait came from: "file", ...; empty: none was compared
    std::int64_t document_score_millionths = -1; ///< portrait against the samples, 1:1, on the device
    std::vector<PersonId> witnesses = {};        ///< who saw that person and document belong together
};
json::Object to_json(const Enrolment &enrolment);

/// "I am here and was not recognised": unproven until the bureau decides (RULES section 2), never a suspicion.
enum class ClaimReason { not_recognised, device_down, injury, other };
std::string_view to_string(ClaimReason reason);
Expected<ClaimReason> parse_claim_reason(std::string_view text);
struct PendingClaim {
    PersonId person;
    RoomId room;
    ClassId training_class; ///< empty: outside any lesson
    LessonId lesson;        ///< empty: outside any lesson
    ClaimReason reason = ClaimReason::not_recognised;
    std::string note; ///< no names
    MediaId clip;     ///< empty: no camera
};
json::Object to_json(const PendingClaim &claim);
Expected<PendingClaim> pending_claim_from_json(const json::Object &data);

/// A teacher asks the bureau to change a filed lesson (RULES section 3). It changes nothing by itself. The data of an
/// operator_action whose `what` is "change_requested".
enum class LessonChange { time, teacher, place, not_held };
std::string_view to_string(LessonChange change);
Expected<LessonChange> parse_lesson_change(std::string_view text);
struct ChangeRequest {
    ClassId training_class;
    LessonId lesson;
    LessonChange change = LessonChange::time;
    std::int64_t begin_ms = 0; ///< the new beginning, of a change of time; 0: of no other
    std::string operator_name;
};
json::Object to_json(const ChangeRequest &request);
/// Whether an operator_action's data is one, sound or not.
bool is_change_request(const json::Object &data);
Expected<ChangeRequest> change_request_from_json(const json::Object &data);

/// A lasting difficulty with a factor, recorded once: what is accepted instead.
struct Accommodation {
    PersonId person;
    std::string instead; ///< "finger": alone, whatever the class asks; "third_factor": supervised manual punches
    bool given = true;   ///< false: no longer
    std::string reason;  ///< no names, no diagnosis
    std::string operator_name;
};
json::Object to_json(const Accommodation &accommodation);
Expected<Accommodation> accommodation_from_json(const json::Object &data);

struct Erasure {
    PersonId person;
    std::string
        factor; ///< "face", "finger", "all"; "reader": prints that a reader kept, which confirmed that they are gone
    std::string reason;
    /// Prints that a reader keeps in itself and has not yet said to have erased: an erasure of the factor "reader"
    /// follows for each.
    std::int64_t left_in_reader = 0;
    std::string finger; ///< of the factor "finger": that one alone; empty: all of the factor
};
json::Object to_json(const Erasure &erasure);

struct ClipSaved {
    MediaId clip;
    std::string file;   ///< name inside media/
    std::string sha256; ///< hex
    std::int64_t bytes = 0;
    std::int64_t duration_ms = 0;
    std::int64_t frames = 0;
    std::int64_t first_wall_ms = 0; ///< of the first and the last picture, in both clocks
    std::int64_t last_wall_ms = 0;
    std::int64_t first_boot_ms = 0;
    std::int64_t last_boot_ms = 0;
    /// As in LessonVideoSaved: times without picture, of the boot clock.
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps = {};
    /// Found by a later start: the file was whole, its event was cut off. `boot_id` is then that of the pictures; where
    /// the file does not say when they were taken, it is empty and all but the file's own digest and length is left
    /// out.
    bool recovered = false;
    std::string boot_id = {};
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

/// Events of a chain that nobody can read any more: ranges of seq, first to last, both included, in order.
struct LostEvents {
    ChainId chain;
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
    bool operator==(const LostEvents &) const = default;
};
/// At most so many ranges in one event, so that its body stays within its limit.
inline constexpr std::size_t kMaxLostRanges = 1'000;
json::Array to_json(const std::vector<LostEvents> &lost);
/// The field `lost` of a boot, or of a tamper event that goes on with it; none: empty.
Expected<std::vector<LostEvents>> lost_from_json(const json::Object &data);

/// Why a chain begins where it does.
inline constexpr std::string_view kStarted = "start";                  ///< it goes on, or is the terminal's first
inline constexpr std::string_view kAdoptedSalvage = "adopted_salvage"; ///< after a damage
inline constexpr std::string_view kRolledBack = "rolled_back";         ///< the one before was behind its receipt
inline constexpr std::string_view kJournalLost = "journal_lost";       ///< the one before is not there at all

/// The first event of a chain that takes the place of another one names that one's last event that is there.
struct Boot {
    std::string program;       ///< version
    std::string reason;        ///< as above
    std::string previous_head; ///< hex hash of the head found at start; empty: a new journal
    ChainId previous_chain{};  ///< empty: this chain goes on, or is the terminal's first
    std::int64_t previous_seq = 0;
    std::vector<LostEvents> lost{}; ///< of all earlier chains
};
json::Object to_json(const Boot &boot);
Expected<Boot> boot_from_json(const json::Object &data);

} // namespace xueshi::record
