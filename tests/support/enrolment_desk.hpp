#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include "firmware/checkin/consent_texts.hpp"
#include "firmware/checkin/consents.hpp"
#include "firmware/checkin/enrolment.hpp"
#include "tests/support/classroom.hpp"
#include "tests/support/fake_gallery.hpp"
#include "tests/support/fake_matcher.hpp"
#include "tests/support/fake_pipeline.hpp"
#include "tests/support/fake_reader.hpp"
#include "tests/support/memory_sink.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/turned_head.hpp"

namespace xueshi::test {

using namespace checkin;

/// An enrolment desk with fakes for all that is no check-in.
class Desk {
public:
    /// Nothing but consent is asked for, unless a test says so.
    explicit Desk(EnrolmentPolicy policy = {.document = false, .witnesses = 0, .least_photographs = 1})
        : enrolment{{context.get_executor(), sink, clock, gallery, candidates, &worker, &matcher, "fake-face-1", 5,
                     FaceThresholds{.match = 0.6F, .margin = 0.1F, .liveness = 0.5F}, 0.6, policy, &reader_desk,
                     [this] { ++close_ups_asked; }}} {
        set_roster(make_classroom());
        enrolment.set_camera(record::Source{record::SourceKind::physical, "v4l2"});
        reader_desk.up(reader, record::Source{record::SourceKind::physical, "goodix"});
    }

    void set_roster(const std::shared_ptr<const roster::Roster> &roster) {
        enrolment.set_roster(roster);
        consents.set_roster(roster);
    }
    Expected<PersonId> agree(const std::string &number, const std::string &purpose) {
        ConsentOrder order;
        order.subject.number = number;
        order.purpose = purpose;
        order.text_hash = hash_of(*consent_text(purpose, "zh-CN"));
        order.operator_name = "teacher";
        return consents.give(order);
    }
    /// With the consent to `factor` on record; "": without.
    EnrolmentOrder order_for(const char *number, const std::string &factor = "face") {
        if (!factor.empty()) {
            REQUIRE(agree(number, factor));
        }
        EnrolmentOrder order;
        order.subject.number = number;
        order.operator_name = "teacher";
        return order;
    }
    /// Runs an enrolment; `feed` is called at each progress line and whenever the loop has nothing else to do.
    Expected<EnrolmentOutcome> run(Enrolment::Answer answer, const std::function<void()> &feed) {
        std::optional<Expected<EnrolmentOutcome>> outcome;
        boost::asio::co_spawn(
            context, std::move(answer),
            [&](const std::exception_ptr &, Expected<EnrolmentOutcome> result) { outcome = std::move(result); });
        run_until([&] { return outcome.has_value(); }, feed);
        return *outcome;
    }
    void run_until(const std::function<bool()> &done, const std::function<void()> &feed) {
        context.restart();
        while (!done()) {
            context.poll();
            if (!done()) {
                feed();
                context.run_one_for(std::chrono::milliseconds(50));
            }
        }
    }
    Watcher watcher() {
        return {[this](const json::Object &line) { progress.push_back(line); }, [this] { return watched; }};
    }
    void show_face(int person, float liveness = 0.9F) { enrolment.offer(next_report(person, liveness)); }
    /// The next picture, in the next pose.
    FaceReport next_report(int person, float liveness = 0.9F) {
        clock.advance(400);
        FaceReport report;
        report.crowd = Crowd::one;
        report.observation.pose = posed_head(shown++);
        report.observation.liveness = liveness;
        report.observation.embedding = FakePipeline::embedding(person);
        return report;
    }
    Expected<EnrolmentOutcome> enrol_photographs(const char *number, std::vector<Bytes> photographs) {
        return run(enrolment.face_from_photographs(order_for(number), std::move(photographs), watcher()), [] {});
    }
    /// A picture file of these faces.
    static Bytes photograph(const std::vector<FakePipeline::Face> &faces) {
        return make_png(FakePipeline::frame(faces).bgr);
    }
    void press(int number) { enrolment.offer(FakeMatcher::finger(number)); }
    Expected<EnrolmentOutcome> enrol_face(const char *number, int face, bool similar = false) {
        auto order = order_for(number);
        order.allow_similar = similar;
        return run(enrolment.face_from_camera(std::move(order), watcher()), [&, face] { show_face(face); });
    }
    Expected<EnrolmentOutcome> enrol_finger(const char *number, int finger) {
        return run(enrolment.finger(order_for(number, "finger"), "right_index", watcher()),
                   [&, finger] { press(finger); });
    }

    boost::asio::io_context context;
    FakeClock clock;
    MemorySink sink;
    FakeGallery gallery;
    FakeMatcher matcher;
    Candidates candidates;
    FaceWorker worker{std::make_unique<FakePipeline>(), 0.6, {[](FaceReport) {}, [](const Error &) {}}};
    std::vector<json::Object> progress;
    bool watched = true;
    int close_ups_asked = 0;
    int shown = 0; ///< pictures so far: each shows the next pose
    FakeReader reader;
    ReaderDesk reader_desk{{sink, clock, gallery, candidates, &matcher}};
    Consents consents{sink, clock, gallery};
    Enrolment enrolment;
};

} // namespace xueshi::test
