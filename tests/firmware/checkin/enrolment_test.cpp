#include <doctest/doctest.h>

#include "tests/support/enrolment_desk.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using record::EventKind;
using test::Desk;

TEST_CASE_FIXTURE(Desk, "enrolment: consent is journaled before the first capture, the enrolment after the last") {
    const auto outcome = enrol_face("02", 2);
    REQUIRE(outcome);
    CHECK(outcome->person == PersonId("p-2"));
    CHECK(outcome->samples == 5);
    const auto events = sink.drafts();
    REQUIRE(events.size() == 2);
    CHECK(events[0].kind == EventKind::consent);
    CHECK(events[1].kind == EventKind::enrolment);
    // The fifth picture is the first of which it is known whether it is live.
    CHECK(events[1].data.at("poses") == json::Array{"down", "front", "left", "right", "up"});
    CHECK(events[1].data.at("from").as_string() == "camera");
    CHECK(events[1].data.at("operator").as_string() == "teacher");
    CHECK(events[1].source.driver == "v4l2");
    CHECK(candidates.has_face(PersonId("p-2")));
    CHECK(progress.size() == 5);
    CHECK_FALSE(enrolment.wants_faces());
}

TEST_CASE_FIXTURE(Desk, "enrolment: without consent nothing is captured, and the refusal is journaled") {
    const auto check = [&](Enrolment::Answer answer) {
        const auto outcome = run(std::move(answer), [] {});
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == ErrorCode::denied);
        CHECK(progress.empty());
        const auto actions = sink.drafts(EventKind::operator_action);
        REQUIRE_FALSE(actions.empty());
        CHECK(actions.back().data.at("action").as_string() == "enrolment_refused");
        CHECK(actions.back().data.at("reason").as_string() == "no_consent");
        CHECK(actions.back().data.at("person").as_string() == "p-2");
    };
    check(enrolment.face_from_camera(order_for("02", ""), watcher()));
    check(enrolment.finger(order_for("02", "face"), "right_index", watcher())); // to the face alone
    CHECK(sink.drafts(EventKind::operator_action).size() == 2);
    CHECK(gallery.templates.empty());
}

TEST_CASE_FIXTURE(Desk, "enrolment: an earlier consent suffices") {
    REQUIRE(enrol_face("02", 2));
    const auto again = run(enrolment.face_from_camera(order_for("02", ""), watcher()), [&] { show_face(2); });
    CHECK(again);
    CHECK(gallery.templates.size() == 5);
}

TEST_CASE_FIXTURE(Desk, "enrolment: somebody who is not on the roster is a clear error") {
    const auto outcome = run(enrolment.face_from_camera(order_for("99", ""), watcher()), [] {});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::not_found);
    CHECK(outcome.error().message.find("99") != std::string::npos);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(Desk, "enrolment: the same face under another name is refused and journaled") {
    REQUIRE(enrol_face("01", 1));
    const auto outcome = enrol_face("02", 1);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::conflict);
    CHECK_FALSE(candidates.has_face(PersonId("p-2")));
    const auto actions = sink.drafts(EventKind::operator_action);
    REQUIRE(actions.size() == 1);
    CHECK(actions[0].data.at("action").as_string() == "duplicate_refused");
    CHECK(actions[0].data.at("other").as_string() == "p-1");
}

TEST_CASE_FIXTURE(Desk, "enrolment: twins are enrolled when the operator says so, and that is journaled") {
    REQUIRE(enrol_face("01", 1));
    REQUIRE(enrol_face("02", 1, true));
    CHECK(sink.drafts(EventKind::operator_action)[0].data.at("action").as_string() == "similar_allowed");
    CHECK(candidates.has_face(PersonId("p-2")));
}

TEST_CASE_FIXTURE(Desk, "enrolment: pictures that are not live, or of another person, do not mix in") {
    int shown = 0;
    const auto outcome = run(enrolment.face_from_camera(order_for("03"), watcher()), [&] {
        ++shown;
        show_face(shown < 3 ? 1 : 3, shown % 2 == 0 ? 0.1F : 0.9F);
    });
    REQUIRE(outcome);
    for (const auto &stored : gallery.templates) {
        CHECK(stored.bytes == write_embedding(test::FakePipeline::embedding(3)));
    }
}

TEST_CASE_FIXTURE(Desk, "F26: lucky frames of a print enrol nobody, and the refusal is journaled") {
    int fed = 0;
    const auto outcome = run(enrolment.face_from_camera(order_for("03"), watcher()), [&] {
        clock.advance(-300); // frames 100 ms apart
        show_face(3, fed++ % 6 == 5 ? 0.9F : 0.1F);
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::denied);
    CHECK(fed < 150);
    CHECK(gallery.templates.empty());
    const auto actions = sink.drafts(EventKind::operator_action);
    REQUIRE(actions.size() == 1);
    CHECK(actions[0].data.at("reason").as_string() == "not_live");
    CHECK(progress.back().at("refusal").as_string() == "not_live");
}

TEST_CASE_FIXTURE(Desk, "F26: a living face that stood there before lends nothing to a print at enrolment") {
    int fed = 0;
    const auto outcome = run(enrolment.face_from_camera(order_for("03"), watcher()), [&] {
        auto report = next_report(fed < 29 ? 1 : 3, fed < 29 || fed % 3 == 0 ? 0.9F : 0.1F);
        report.observation.pose = test::posed_head(fed++ < 29 ? 0 : fed);
        enrolment.offer(std::move(report));
    });
    REQUIRE_FALSE(outcome);
    CHECK(gallery.templates.empty());
}

TEST_CASE_FIXTURE(Desk, "enrolment: when nobody watches any more, the camera goes back to the check-in") {
    const auto outcome = run(enrolment.face_from_camera(order_for("03"), watcher()), [&] { watched = false; });
    REQUIRE_FALSE(outcome);
    CHECK_FALSE(enrolment.wants_faces());
    CHECK(gallery.templates.empty());
}

TEST_CASE_FIXTURE(Desk, "enrolment: a finger takes five impressions that agree") {
    int pressed = 0;
    const auto outcome = run(enrolment.finger(order_for("04", "finger"), "left_thumb", watcher()), [&] {
        ++pressed;
        pressed == 2 ? press(99) : press(40);
    });
    REQUIRE(outcome);
    CHECK(outcome->samples == 5);
    CHECK(pressed >= 6);
    REQUIRE(gallery.templates.size() == 1);
    CHECK(gallery.templates[0].finger == "left_thumb");
    const auto kept = fingerprint::read_impressions(gallery.templates[0].bytes);
    REQUIRE(kept);
    CHECK(kept->size() == 5);
    CHECK(candidates.has_finger(PersonId("p-4")));
}

TEST_CASE_FIXTURE(Desk, "enrolment: the same finger under another name is refused") {
    REQUIRE(enrol_finger("03", 30));
    const auto outcome = enrol_finger("04", 30);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::conflict);
    CHECK(gallery.templates.size() == 1);
}

TEST_CASE_FIXTURE(Desk, "enrolment: what the reader could not use is told, and counts for nothing") {
    bool told = false;
    const auto outcome = run(enrolment.finger(order_for("03", "finger"), "right_index", watcher()), [&] {
        if (!std::exchange(told, true)) {
            enrolment.offer(fingerprint::Retry::too_short);
        }
        press(30);
    });
    REQUIRE(outcome);
    CHECK(progress.at(1).at("guidance").as_string() == "press_longer");
}

TEST_CASE_FIXTURE(Desk, "enrolment: unknown fingers and missing devices are clear errors") {
    CHECK(run(enrolment.finger(order_for("03", "finger"), "sixth", watcher()), [] {}).error().code ==
          ErrorCode::invalid_argument);
    reader_desk.down();
    CHECK(run(enrolment.finger(order_for("03", "finger"), "right_index", watcher()), [] {}).error().code ==
          ErrorCode::unavailable);
    enrolment.set_camera(std::nullopt);
    CHECK(run(enrolment.face_from_camera(order_for("03"), watcher()), [] {}).error().code == ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(Desk, "enrolment: one at a time") {
    bool tried = false;
    const auto outcome = run(enrolment.face_from_camera(order_for("01"), watcher()), [&] {
        if (!std::exchange(tried, true)) {
            boost::asio::co_spawn(context, enrolment.face_from_camera(order_for("02"), watcher()),
                                  [](const std::exception_ptr &, const Expected<EnrolmentOutcome> &second) {
                                      REQUIRE_FALSE(second);
                                      CHECK(second.error().code == ErrorCode::conflict);
                                  });
        }
        show_face(1);
    });
    CHECK(outcome);
}

TEST_CASE_FIXTURE(Desk, "F35: withdrawn consent erases the templates and is journaled") {
    REQUIRE(enrol_face("01", 1));
    REQUIRE(enrol_finger("01", 10));
    Subject subject;
    subject.number = "01";
    REQUIRE(consents.withdraw_all(subject, "withdrawn", "teacher"));
    REQUIRE(enrolment.load_candidates());
    CHECK(gallery.templates.empty());
    CHECK(gallery.consents.empty());
    CHECK_FALSE(candidates.has_face(PersonId("p-1")));
    CHECK_FALSE(candidates.has_finger(PersonId("p-1")));
    CHECK(sink.drafts(EventKind::erasure).size() == 1);
    CHECK(sink.drafts(EventKind::consent).back().data.at("given").as_bool() == false);
}

TEST_CASE_FIXTURE(Desk, "F28: a template that was edited is refused, not silently left out") {
    gallery.load_error = Error{ErrorCode::denied, "row 3"};
    const auto loaded = enrolment.load_candidates();
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code == ErrorCode::denied);
}

TEST_CASE_FIXTURE(Desk, "F28: a template of another model is not used, and its person is named to be enrolled again") {
    gallery.templates.push_back({1, PersonId("p-1"), "face", "", "older-face-1", Bytes(20)});
    REQUIRE(enrolment.load_candidates());
    CHECK_FALSE(candidates.has_face(PersonId("p-1")));
    CHECK(enrolment.outdated() == std::set{PersonId("p-1")});
    REQUIRE(enrol_face("01", 1));
    CHECK(enrolment.outdated().empty());
}
