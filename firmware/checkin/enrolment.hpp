#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "firmware/checkin/candidates.hpp"
#include "firmware/checkin/document_portrait.hpp"
#include "firmware/checkin/enrolment_refusal.hpp"
#include "firmware/checkin/face_worker.hpp"
#include "firmware/checkin/id_document.hpp"
#include "firmware/checkin/loop_wait.hpp"
#include "firmware/checkin/reader_desk.hpp"
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
        const fingerprint::Matcher *matcher; ///< nullptr: no fingers but of readers that match by themselves
        std::string face_model;
        std::size_t face_dimension;
        FaceThresholds thresholds;
        double second_face_ratio;
        EnrolmentPolicy policy = {};
        ReaderDesk *reader_desk = nullptr;        ///< nullptr: no reader
        std::function<void()> take_close_up = {}; ///< answered by `offer_close_up`; empty: the camera takes none
    };
    explicit Enrolment(Parts parts);

    /// What stands ready; nothing: unplugged.
    void set_camera(std::optional<record::Source> source) { camera_ = std::move(source); }
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
    /// The portrait of a document that is held before the camera, for `EnrolmentOrder::document` once the operator has
    /// seen it; the watcher is told what to do.
    boost::asio::awaitable<Expected<Portrait>> photograph_document(Watcher watcher);
    /// Several impressions of one finger of the live reader, at most three fingers a person. A reader that matches by
    /// itself takes them by itself.
    Answer finger(EnrolmentOrder order, std::string finger, Watcher watcher);
    bool has_reader() const { return parts_.reader_desk != nullptr && parts_.reader_desk->present(); }
    /// While true, what camera or reader see belongs to the enrolment and not to the check-in.
    bool wants_faces() const { return wants_faces_; }
    bool wants_fingers() const { return wants_fingers_; }
    void offer(FaceReport report);
    void offer_close_up(camera::Frame close_up);
    void offer(fingerprint::Impression impression);
    void offer(fingerprint::Retry retry);
    /// Of a reader that takes a finger by itself: how far it is, and how it ended. A print that comes when nobody waits
    /// for it any more is owed like any other that is nobody's.
    void offer_stage(int done, int of);
    void offer_print(Expected<fingerprint::ReaderPrint> print);
    void offer_known(const std::string &label);

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
    /// A missing one is a refusal, which is journaled.
    Expected<void> check_consent(const PersonId &person, const std::string &factor, const EnrolmentOrder &order,
                                 const Watcher *watcher = nullptr);
    Expected<std::vector<PersonId>> resolve_witnesses(const EnrolmentOrder &order, const PersonId &person) const;
    /// Person, consent, witnesses and portrait: all that comes before the first capture.
    boost::asio::awaitable<Expected<Faces>> bind(const EnrolmentOrder &order);
    boost::asio::awaitable<Expected<PortraitEmbedding>> read_portrait(const EnrolmentOrder &order);
    boost::asio::awaitable<Expected<PortraitLook>> look_at_document();
    void drop_close_up();
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
    struct FingerOrder {
        PersonId person;
        std::string finger;
        EnrolmentOrder order;
        Watcher watcher;
    };
    /// What a reader that takes a finger by itself has said.
    struct Stage {
        int done = 0, of = 0;
    };
    struct Known {
        std::string label;
    };
    /// A print that the reader took. `debt`: where it lies in the reader; none: all of it is in `print`.
    struct Taken {
        fingerprint::ReaderPrint print;
        std::optional<std::int64_t> debt;
    };
    using Ended = std::variant<Known, Expected<Taken>>;

    Expected<void> check_fingers(const FingerOrder &order);
    Answer finger_by_host(FingerOrder order);
    Answer finger_by_reader(FingerOrder order);
    boost::asio::awaitable<Expected<Ended>> collect_print(const FingerOrder &order);
    Expected<Taken> owe(fingerprint::ReaderPrint print);
    Error refuse_known(const std::string &label, const FingerOrder &order);
    Expected<EnrolmentOutcome> keep_print(const Taken &taken, const FingerOrder &order, int samples);
    Expected<EnrolmentOutcome> keep_impressions(const std::vector<fingerprint::Impression> &impressions,
                                                const FingerOrder &order);
    Expected<void> refuse_like(const std::vector<fingerprint::Impression> &impressions, const FingerOrder &order);
    /// Person and consent once more, then the event.
    Expected<void> journal_finger(const FingerOrder &order, std::int64_t samples, const std::string &model);
    Expected<EnrolmentOutcome> finished(const FingerOrder &order, std::int64_t samples);
    Expected<void> journal(record::EventKind kind, record::Source source, json::Object data);
    boost::asio::awaitable<Expected<std::vector<fingerprint::Impression>>> collect_impressions(Watcher watcher);

    Parts parts_;
    std::shared_ptr<const roster::Roster> roster_;
    std::optional<record::Source> camera_;
    bool busy_ = false, wants_faces_ = false, wants_fingers_ = false, wants_close_up_ = false;
    Wakeup wakeup_;
    std::deque<FaceReport> reports_;
    std::optional<camera::Frame> close_up_;
    std::deque<fingerprint::Impression> impressions_;
    std::deque<fingerprint::Retry> retries_;
    std::deque<Stage> stages_;
    std::optional<Ended> ended_;
    std::optional<gallery::StoredTemplate> taking_; ///< whose finger the reader is taking, until it has ended
};

} // namespace xueshi::checkin
