#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "firmware/checkin/candidates.hpp"
#include "firmware/checkin/enrolment_refusal.hpp"
#include "firmware/checkin/face_worker.hpp"
#include "firmware/checkin/id_document.hpp"
#include "firmware/checkin/loop_wait.hpp"
#include "firmware/checkin/subject.hpp"

namespace xueshi::checkin {

struct EnrolmentOrder {
    Subject subject;
    std::shared_ptr<IdDocument> document; ///< shared with nobody after the order was given; nullptr: none
    std::vector<Subject> witnesses;       ///< on the roster, or ids of others
    bool allow_similar = false;           ///< the operator saw both people (twins): journaled
    bool any_pose = false;                ///< for somebody who cannot turn the head: the event has the poses
    std::string operator_name;
};

/// What binds a face to its person, and what photographs may do. The registry flags what a terminal does without.
struct EnrolmentPolicy {
    bool document = true;              ///< the portrait of the identity document is compared
    std::size_t witnesses = 2;         ///< people who see that person and document belong together
    std::size_t least_photographs = 2; ///< two agree with each other; one stands alone
    float document_match = 0;          ///< least score of portrait and samples; 0: as for a match
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

/// Takes face samples and fingers: consent and document first, then capture, then the check for the same face under
/// another name, then the event, then the gallery. One at a time. Thread-bound to the loop.
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
        EnrolmentPolicy policy = {};
    };
    explicit Enrolment(Parts parts);

    /// What stands ready; nothing: unplugged.
    void set_camera(std::optional<record::Source> source) { camera_ = std::move(source); }
    void set_reader(std::optional<record::Source> source) { reader_ = std::move(source); }
    void set_roster(std::shared_ptr<const roster::Roster> roster) { roster_ = std::move(roster); }
    /// Reads the gallery into the candidates. Error: denied when a template was edited (an alarm, F28).
    Expected<void> load_candidates();
    /// People who must be enrolled again, since their templates are of models that are no longer used.
    std::set<PersonId> outdated() const;

    using Answer = boost::asio::awaitable<Expected<EnrolmentOutcome>>;
    /// As many good photographs as the policy asks for; the event says that they were photographs.
    Answer face_from_photographs(EnrolmentOrder order, std::vector<Bytes> photographs, Watcher watcher);
    /// Five good samples, one a pose; the watcher is told which is missing.
    Answer face_from_camera(EnrolmentOrder order, Watcher watcher);
    /// Several impressions of one finger of the live reader.
    Answer finger(EnrolmentOrder order, std::string finger, Watcher watcher);
    /// While true, what camera or reader see belongs to the enrolment and not to the check-in.
    bool wants_faces() const { return wants_faces_; }
    bool wants_fingers() const { return wants_fingers_; }
    void offer(FaceReport report);
    void offer(fingerprint::Impression impression);
    void offer(fingerprint::Retry retry);

private:
    class Session;

    /// What a face is enrolled with, until the event.
    struct Faces {
        PersonId person;
        PortraitEmbedding portrait; ///< empty: none is compared
        std::string document;
        std::vector<PersonId> witnesses;
        std::vector<face::Embedding> samples;
        std::vector<std::string> poses;
    };

    Expected<PersonId> begin(const EnrolmentOrder &order, const std::string &factor);
    Expected<void> check_consent(const PersonId &person, const std::string &factor);
    Expected<std::vector<PersonId>> resolve_witnesses(const EnrolmentOrder &order, const PersonId &person) const;
    /// Person, consent, witnesses and portrait: all that comes before the first capture.
    boost::asio::awaitable<Expected<Faces>> bind(const EnrolmentOrder &order);
    boost::asio::awaitable<Expected<PortraitEmbedding>> read_portrait(const EnrolmentOrder &order);
    Expected<float> compare_portrait(const Faces &faces) const;
    Expected<void> refuse_duplicate(const Match &match, float threshold, const PersonId &person,
                                    const std::string &factor, const EnrolmentOrder &order);
    /// The refusal as an error; journaled, and told to the watcher.
    Error refusal(EnrolmentRefusal why, const EnrolmentOrder &order, const PersonId &person, const std::string &detail,
                  const Watcher *watcher = nullptr);
    boost::asio::awaitable<Expected<std::vector<std::string>>> collect_photographs(std::vector<Bytes> photographs,
                                                                                   Watcher watcher, Faces &faces);
    boost::asio::awaitable<Expected<void>> collect_faces(const EnrolmentOrder &order, Watcher watcher, Faces &faces);
    Expected<EnrolmentOutcome> keep_faces(Faces faces, const std::string &from, const EnrolmentOrder &order,
                                          const Watcher &watcher);
    Expected<void> refuse_duplicate_face(const Faces &faces, const EnrolmentOrder &order, const Watcher &watcher);
    json::Object describe(const Faces &faces, const std::string &from, const EnrolmentOrder &order, float score) const;
    Expected<void> store_faces(const Faces &faces);
    Expected<EnrolmentOutcome> keep_finger(const PersonId &person,
                                           const std::vector<fingerprint::Impression> &impressions,
                                           const std::string &finger, const EnrolmentOrder &order);
    Expected<void> journal(record::EventKind kind, record::Source source, json::Object data);
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
