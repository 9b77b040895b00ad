#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "firmware/checkin/candidates.hpp"
#include "firmware/checkin/face_worker.hpp"
#include "firmware/checkin/loop_wait.hpp"
#include "firmware/core/record/event.hpp"
#include "firmware/core/roster/roster.hpp"

namespace xueshi::checkin {

/// Whom: by id, or by the roster's number (with the class when the number is not unique on the terminal).
struct Subject {
    PersonId person;
    ClassId training_class;
    std::string number;
};

/// The trainee agreed, separately, to this factor: what was shown and in which language.
struct ConsentGiven {
    std::string text_hash; ///< SHA-256, hex
    std::string language;  ///< BCP 47
};

struct EnrolmentOrder {
    Subject subject;
    std::optional<ConsentGiven> consent; ///< absent: an earlier consent must be on record
    bool allow_similar = false;          ///< the operator saw both people (twins): journaled
    std::string operator_name;
};

struct EnrolmentOutcome {
    PersonId person;
    std::int64_t samples = 0;
    std::vector<std::string> remarks; ///< what was not used, and why
};

/// Whoever ordered the enrolment and watches it.
struct Watcher {
    std::function<void(json::Object)> progress;
    std::function<bool()> still_there; ///< false: nobody waits any more, stop capturing
};

/// Takes face samples and fingers: consent first, then capture, then the check for the same face under another name,
/// then the gallery, then the event. One at a time. Thread-bound to the loop.
class Enrolment {
public:
    /// All outlive the enrolment; the coroutines must have ended before it does.
    struct Parts {
        boost::asio::any_io_executor executor;
        record::EventSink &sink;
        const Clock &clock;
        gallery::Gallery &gallery;
        Candidates &candidates;
        FaceWorker *faces;                   ///< nullptr: no recognition, so no faces
        const fingerprint::Matcher *matcher; ///< nullptr: no fingers
        std::string face_model;
        std::size_t face_dimension;
        FaceThresholds thresholds;
        double second_face_ratio;
    };
    explicit Enrolment(Parts parts);

    /// What stands ready; nothing: unplugged.
    void set_camera(std::optional<record::Source> source) { camera_ = std::move(source); }
    void set_reader(std::optional<record::Source> source) { reader_ = std::move(source); }
    void set_roster(std::shared_ptr<const roster::Roster> roster) { roster_ = std::move(roster); }
    /// Reads the gallery into the candidates. Error: denied when a template was edited (an alarm, F28).
    Expected<void> load_candidates();

    using Answer = boost::asio::awaitable<Expected<EnrolmentOutcome>>;
    /// One good photograph suffices; the event says that it was a photograph.
    Answer face_from_photographs(EnrolmentOrder order, std::vector<Bytes> photographs, Watcher watcher);
    Answer face_from_camera(EnrolmentOrder order, Watcher watcher);
    /// Several impressions of one finger of the live reader.
    Answer finger(EnrolmentOrder order, std::string finger, Watcher watcher);
    /// Consent withdrawn: erases every template, then journals it.
    Expected<PersonId> erase(const Subject &subject, const std::string &reason, const std::string &operator_name);

    /// While true, what camera or reader see belongs to the enrolment and not to the check-in.
    bool wants_faces() const { return wants_faces_; }
    bool wants_fingers() const { return wants_fingers_; }
    void offer(FaceReport report);
    void offer(fingerprint::Impression impression);
    void offer(fingerprint::Retry retry);

private:
    class Session;

    Expected<PersonId> find(const Subject &subject) const;
    Expected<PersonId> begin(const EnrolmentOrder &order, const std::string &factor);
    Expected<void> take_consent(const PersonId &person, const std::string &factor, const ConsentGiven &consent);
    Expected<void> refuse_duplicate(const Match &match, float threshold, const PersonId &person,
                                    const std::string &factor, const EnrolmentOrder &order);
    Expected<EnrolmentOutcome> keep_faces(const PersonId &person, const std::vector<face::Embedding> &samples,
                                          const std::string &from, const EnrolmentOrder &order);
    Expected<EnrolmentOutcome> keep_finger(const PersonId &person,
                                           const std::vector<fingerprint::Impression> &impressions,
                                           const std::string &finger, const EnrolmentOrder &order);
    Expected<void> journal(record::EventKind kind, record::Source source, json::Object data);
    boost::asio::awaitable<Expected<std::vector<face::Embedding>>> collect_faces(Watcher watcher);
    boost::asio::awaitable<Expected<std::vector<fingerprint::Impression>>> collect_impressions(Watcher watcher);

    Parts parts_;
    std::shared_ptr<const roster::Roster> roster_;
    std::optional<record::Source> camera_, reader_;
    bool busy_ = false, wants_faces_ = false, wants_fingers_ = false;
    Wakeup wakeup_;
    std::deque<FaceReport> reports_;
    std::deque<fingerprint::Impression> impressions_;
    std::deque<fingerprint::Retry> retries_;
};

} // namespace xueshi::checkin
