#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "firmware/checkin/active_check.hpp"
#include "firmware/checkin/candidates.hpp"
#include "firmware/checkin/factor_table.hpp"
#include "firmware/checkin/scene.hpp"
#include "firmware/checkin/status.hpp"
#include "firmware/checkin/subject.hpp"
#include "firmware/checkin/table.hpp"
#include "firmware/checkin/track_decision.hpp"
#include "firmware/fingerprint/matcher.hpp"

namespace xueshi::checkin {

struct Settings {
    FaceThresholds face;
    std::int64_t other_factor_ms = 20'000;  ///< how long one sensor waits for the other
    std::int64_t repeat_pause_ms = 10'000;  ///< a person's mere `moment` within it is not journaled again
    std::int64_t refusal_pause_ms = 10'000; ///< of one track or finger, a reason is journaled at most so often
    std::int64_t message_ms = 3'000;        ///< a result stays on the screen at least so long
    std::int64_t absent_frames = 5;         ///< frames without a face after which the person has left
    std::int64_t crowd_frames = 8;          ///< frames with several people after which it is journaled
    std::int64_t poor_quality_ms = 8'000;   ///< a face never seen well for so long is journaled
    std::int64_t poor_touches = 3;          ///< fingers in a row that cannot be used: then it is journaled
    bool active_check = false;              ///< a recognised face must turn the head as asked
    std::int64_t active_check_ms = 15'000;  ///< within this time
};

/// Turns what camera and reader saw into punches and refused attempts. Thread-bound: workers post to its thread.
class Checkin {
public:
    /// All outlive the check-in.
    struct Parts {
        record::EventSink &sink;
        const Clock &clock;
        History &history;
        Candidates &candidates;
        recorder::Recorder *recorder;        ///< nullptr: no clips
        const fingerprint::Matcher *matcher; ///< nullptr: no reader
        record::Source face_source, finger_source;
        std::string face_model; ///< goes into each punch
    };
    Checkin(const Settings &settings, Parts parts);

    /// A camera came, with its recorder; its driver goes into each event.
    void set_camera(recorder::Recorder *recorder, record::Source source);
    /// A reader is wanted; until it is there, and while it is away, the screen says so.
    void expect_reader();
    /// Its driver and what decides about fingers (the matcher, or the reader's family) go into each event.
    void set_reader(record::Source source, std::string model);
    void lose_reader();
    /// Shared with enrolment and control: whoever is in the middle of something keeps the roster it began with.
    void set_roster(std::shared_ptr<const roster::Roster> roster);

    void face(const FaceReport &report);
    void finger(const fingerprint::Impression &impression);
    /// A reader that matches by itself found this print; empty: none that counts.
    void finger_matched(const std::string &label);
    void finger_retry(fingerprint::Retry retry);
    /// Call a few times a second: appends again what was not saved, ends waits, lets messages go.
    void tick();

    /// Whom a recognition may name now; nobody without a roster.
    std::vector<PersonId> scope_now() const;
    /// Whom the recognition need not look at each frame.
    Attention attention() const;
    const Status &status() const { return status_; }
    bool has_unsaved() const { return face_.unsaved || finger_.unsaved; }

private:
    struct Recognised {
        PersonId person;
        float score = 0, margin = -1, liveness = -1;
        int frames = 0;
        bool active_check = false;
        bool by_reader = false; ///< no score, no margin
    };
    struct Unsaved {
        record::EventDraft draft;
        record::Punch punch;
    };
    struct Side {
        Attempt attempt;
        std::optional<Recognised> waiting; ///< recognised, waits for the other factor
        bool ambiguous = false;            ///< waits for a finger without a name
        std::int64_t waiting_since_ms = 0;
        std::optional<Unsaved> unsaved; ///< while `recording`
    };

    Action apply(Side &side, Event event);
    /// Decided about; who it was, to tell somebody else who stepped into the
    /// track.
    struct Decided {
        std::uint64_t track = 0;
        std::set<PersonId> people;
        bool barred = false;
        /// Boot time from which whoever was not known and stays is tried once more.
        std::optional<std::int64_t> again_ms = {};
    };

    /// Journaled a moment ago.
    struct Refused {
        record::Refusal reason;
        bool by_face;
        std::uint64_t track; ///< 0: a finger, or several people
        std::int64_t at_ms;  ///< boot time
        bool is_same(const Refused &other) const {
            return reason == other.reason && by_face == other.by_face && track == other.track;
        }
    };

    void one_face(const FaceReport &report);
    void several_faces();
    void observe(const FaceReport &report);
    void look_again(const Decided &decided, const FaceReport &report);
    bool may_try_again(const Decided &decided, const FaceReport &report) const;
    bool asks_somebody(const FaceReport &report) const;
    Match match_face(const face::Embedding &embedding);
    void note_flaw(face::QualityFlaw flaw);
    void judge(const Verdict &verdict);
    void accept(const Recognised &recognised);
    void challenge(const Recognised &recognised);
    void look_at_turn(const FaceReport &report);
    void fail_challenge(Event why);
    void ask_face_again(const PersonId &person);
    void end_wait(Side &side);
    const Decided *find_decided(std::uint64_t track) const;
    /// The face's attempt is over: `person` may be empty.
    void mark_decided(const PersonId &person);
    void judge_finger(const Match &match);
    void poor_finger(fingerprint::Retry retry);
    void recognise(Side &side, const Recognised &recognised);
    /// By the class, or instead of it by the person's accommodation.
    training::Factor asked(const PersonId &person, const ClassId &training_class) const;
    const FactorRow &worth(const Side &side, const PersonId &person, const ClassId &training_class) const;
    void wait_for_other(Side &side, std::optional<Recognised> recognised);
    void record(Side &side, const Recognised &recognised, schedule::Decision decision, record::Evidence evidence);
    record::Punch make_punch(const Side &side, const Recognised &recognised, const schedule::Decision &decision,
                             record::Evidence evidence) const;
    record::Source source(record::Evidence evidence) const;
    bool is_repeat(const PersonId &person, record::Direction direction, const Instant &now) const;
    bool is_reverification(const PersonId &person, const schedule::Decision &decision, const Instant &now) const;
    void store(Side &side);
    void settle(Side &side, const PersonId &person);
    void refuse(record::Refusal reason, bool by_face, float score, bool with_clip, std::string_view detail = {});
    void save_refusals();
    bool was_just_refused(const Refused &refused);
    std::vector<PersonId> scope(const Instant &now) const;

    Side &other(const Side &side) { return &side == &face_ ? finger_ : face_; }
    const Side &other(const Side &side) const { return &side == &face_ ? finger_ : face_; }
    bool is_face(const Side &side) const { return &side == &face_; }
    void show(Guidance guidance); ///< a result: stays for a while
    void hint(Guidance guidance); ///< gives way to a result

    Settings settings_;
    Parts parts_;
    std::shared_ptr<const roster::Roster> roster_;
    Side face_, finger_;
    TrackDecision decision_;
    std::uint64_t track_ = 0;
    std::int64_t absent_ = 0, crowded_ = 0;
    std::set<PersonId> settled_people_;           ///< decided about in this attempt
    std::vector<Decided> decided_;                ///< of tracks that have not ended
    std::uint64_t tried_again_ = 0;               ///< the track whose second try this is, or was
    std::optional<std::int64_t> flawed_since_ms_; ///< boot time; nothing: seen well
    bool flaw_told_ = false;                      ///< journaled in this attempt
    ActiveCheck active_check_;
    std::optional<Recognised> challenged_;
    std::string finger_model_;
    bool reader_wanted_ = false, reader_there_ = false;
    std::int64_t poor_touches_ = 0; ///< in a row
    std::int64_t challenged_since_ms_ = 0;
    std::unordered_map<PersonId, std::int64_t> last_stored_ms_; ///< boot time
    std::deque<record::EventDraft> unsaved_refusals_;           ///< to be appended by the next tick
    bool refusals_wait_ = false;                                ///< and that was logged
    std::deque<Refused> refused_;                               ///< of the last `refusal_pause_ms`, the newest last
    Status status_;
    std::int64_t message_until_ms_ = 0; ///< boot time
};

} // namespace xueshi::checkin
