#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/core/record/bodies.hpp"
#include "firmware/core/record/event.hpp"

/// What the check-in shows: a value for the kiosk and the verb `status`. No names: who shows it has the roster.
namespace xueshi::checkin {

/// One line of guidance for whoever stands there.
enum class Guidance {
    no_roster,
    ready,
    one_at_a_time,
    look_here,
    come_closer,
    hold_still,
    more_light,
    less_light,
    face_the_camera,
    move_to_the_middle,
    uncover_face,
    finger_please,
    face_please,
    press_longer,
    press_harder,
    centre_the_finger,
    wipe_the_finger,
    lift_and_retry,
    same_finger_again,
    finger_taken,
    reader_absent,
    recorded,
    recorded_before,
    unknown_person,
    unknown_finger,
    not_live,
    not_saved,
    look_left,
    look_right,
    look_up,
    look_down,
    next_sample,
    not_turned,
    uncertain_picture,
    unreadable_finger,
    face_without_reader,
    second_factor_missing,
};
std::string_view to_string(Guidance guidance);
struct GuidanceText {
    std::string_view zh, en;
};
GuidanceText text(Guidance guidance);

struct LastPunch {
    PersonId person;
    ClassId training_class;
    LessonId lesson;
    record::Direction direction = record::Direction::unscheduled;
    record::Evidence evidence = record::Evidence::face;
    std::int64_t wall_ms = 0;
    record::Sequence seq = 0;
};

/// What came of the last finger.
enum class FingerOutcome { none, matched, not_matched, too_poor, reader_absent };
std::string_view to_string(FingerOutcome outcome);

struct Status {
    Guidance guidance = Guidance::no_roster;
    std::optional<LastPunch> last_punch;
    std::int64_t punches = 0;  ///< stored since start
    std::int64_t refusals = 0; ///< journaled since start
    FingerOutcome finger = FingerOutcome::none;
    bool saved = true;                ///< false: a punch waits for its append to succeed
    std::vector<PersonId> asked = {}; ///< whom the bureau asked to show themselves again, and who has not yet
};
json::Object to_json(const Status &status);

} // namespace xueshi::checkin
