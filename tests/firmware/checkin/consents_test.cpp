#include "firmware/checkin/consents.hpp"

#include <set>

#include "tests/support/enrolment_desk.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using record::EventKind;
using test::Desk;

TEST_CASE("consent texts: each purpose has a text in Chinese, English and Korean, each with a hash of its own") {
    std::set<std::string> hashes;
    for (const auto purpose : kPurposes) {
        for (const auto *language : {"zh-CN", "en", "ko"}) {
            const auto *text = consent_text(purpose, language);
            REQUIRE(text != nullptr);
            CHECK(hashes.insert(hash_of(*text)).second);
            CHECK(consent_text_of_hash(purpose, hash_of(*text)) == text);
        }
    }
    CHECK(consent_text("everything", "zh-CN") == nullptr);
    CHECK(consent_text_of_hash("finger", hash_of(*consent_text("face", "en"))) == nullptr);
}

TEST_CASE_FIXTURE(Desk, "consent: one event a purpose, with text, language, retention and processor") {
    REQUIRE(agree("01", "face"));
    REQUIRE(agree("01", "passed_to_bureau"));
    const auto events = sink.drafts(EventKind::consent);
    REQUIRE(events.size() == 2);
    const auto &data = events[0].data;
    CHECK(data.at("person").as_string() == "p-1");
    CHECK(data.at("purpose").as_string() == "face");
    CHECK(data.at("language").as_string() == "zh-CN");
    CHECK(data.at("text_hash").as_string() == hash_of(*consent_text("face", "zh-CN")));
    CHECK(data.at("retention").as_string() == "claims_reviewed");
    CHECK(data.at("processor").as_string() == "i-1");
    CHECK(data.at("operator").as_string() == "teacher");
    CHECK_FALSE(gallery.has_consent(PersonId("p-1"), "finger").value());
}

TEST_CASE_FIXTURE(Desk, "consent: a child of under 14 consents only by a guardian") {
    ConsentOrder order;
    order.subject.number = "01";
    order.purpose = "face";
    order.text_hash = hash_of(*consent_text("face", "ko"));
    order.under_14 = true;
    CHECK(consents.give(order).error().code == ErrorCode::denied);
    CHECK(sink.drafts().empty());
    order.guardian = "neighbour";
    CHECK(consents.give(order).error().code == ErrorCode::invalid_argument);
    order.guardian = "mother";
    REQUIRE(consents.give(order));
    CHECK(sink.drafts()[0].data.at("guardian").as_string() == "mother");
}

TEST_CASE_FIXTURE(Desk, "consent: a text that nobody was shown is no consent") {
    ConsentOrder order;
    order.subject.number = "01";
    order.purpose = "face";
    order.text_hash = std::string(64, 'a');
    CHECK(consents.give(order).error().code == ErrorCode::invalid_argument);
    CHECK(sink.drafts().empty());
}

TEST_CASE_FIXTURE(Desk, "consent: when it cannot be journaled, nothing is allowed") {
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    CHECK_FALSE(agree("01", "face"));
    CHECK_FALSE(gallery.has_consent(PersonId("p-1"), "face").value());
}

TEST_CASE_FIXTURE(Desk, "F35: a consent withdrawn for one factor erases that factor alone, and is journaled") {
    REQUIRE(enrol_face("01", 1));
    REQUIRE(enrol_finger("01", 10));
    Subject subject;
    subject.number = "01";
    REQUIRE(consents.withdraw(subject, "face", "teacher"));
    REQUIRE(enrolment.load_candidates());
    CHECK_FALSE(candidates.has_face(PersonId("p-1")));
    CHECK(candidates.has_finger(PersonId("p-1")));
    CHECK(sink.drafts(EventKind::consent).back().data.at("given").as_bool() == false);
    CHECK(sink.drafts(EventKind::erasure).back().data.at("factor").as_string() == "face");
    const auto again = run(enrolment.face_from_camera(order_for("01", ""), watcher()), [] {});
    CHECK(again.error().code == ErrorCode::denied);
}

TEST_CASE_FIXTURE(Desk,
                  "F35: who has left the roster withdraws by id, and what was never consented to is forbidden too") {
    Subject subject;
    subject.person = PersonId("p-9");
    REQUIRE(consents.withdraw_all(subject, "withdrawn", "teacher"));
    std::set<std::string> forbidden;
    for (const auto &draft : sink.drafts(EventKind::consent)) {
        CHECK(draft.data.at("person").as_string() == "p-9");
        CHECK(draft.data.at("given").as_bool() == false);
        forbidden.emplace(draft.data.at("purpose").as_string());
    }
    CHECK(forbidden == std::set<std::string>{"face", "finger"});
    subject.person = {};
    subject.number = "99";
    CHECK(consents.withdraw_all(subject, "withdrawn", "teacher").error().code == ErrorCode::not_found);
}

TEST_CASE_FIXTURE(Desk, "F35: one finger erased is no candidate any longer; face, other fingers and consent stay") {
    REQUIRE(enrol_face("01", 1));
    REQUIRE(enrol_finger("01", 10)); // right_index
    REQUIRE(run(enrolment.finger(order_for("01", "finger"), "left_index", watcher()), [&] { press(30); }));
    Subject subject;
    subject.number = "01";
    CHECK(consents.erase_finger(subject, "index", "injured").error().code == ErrorCode::invalid_argument);
    REQUIRE(consents.erase_finger(subject, "right_index", "injured"));
    REQUIRE(enrolment.load_candidates());
    CHECK(candidates.has_face(PersonId("p-1")));
    CHECK(candidates.has_finger(PersonId("p-1")));
    REQUIRE(gallery.list("finger")->size() == 1);
    CHECK(gallery.list("finger")->front().finger == "left_index");
    CHECK(gallery.has_consent(PersonId("p-1"), "finger").value());
    const auto event = sink.drafts(EventKind::erasure).back().data;
    CHECK(event.at("factor").as_string() == "finger");
    CHECK(event.at("finger").as_string() == "right_index");
    CHECK(event.at("reason").as_string() == "injured");
    REQUIRE(consents.erase_finger(subject, "left_index", "injured"));
    REQUIRE(enrolment.load_candidates());
    CHECK_FALSE(candidates.has_finger(PersonId("p-1")));
    CHECK(enrol_finger("01", 10)); // the consent holds
}

TEST_CASE_FIXTURE(Desk, "F35: an erasure that could not be journaled is asked for again, and journaled then") {
    REQUIRE(enrol_finger("01", 10));
    Subject subject;
    subject.number = "01";
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    CHECK(consents.erase_finger(subject, "right_index", "injured").error().code == ErrorCode::io);
    CHECK(sink.drafts(EventKind::erasure).empty());
    CHECK(gallery.list("finger")->empty());
    sink.recover();
    REQUIRE(consents.erase_finger(subject, "right_index", "injured"));
    CHECK(sink.drafts(EventKind::erasure).size() == 1);
}

TEST_CASE_FIXTURE(Desk, "consent: a crash between consent and enrolment leaves a consent and no template") {
    REQUIRE(agree("01", "face"));
    // The program starts again on the same gallery; the enrolment goes on from the consent.
    Enrolment restarted{{context.get_executor(), sink, clock, gallery, candidates, &worker, &matcher, "fake-face-1", 5,
                         FaceThresholds{.match = 0.6F, .margin = 0.1F, .liveness = 0.5F}, 0.6,
                         EnrolmentPolicy{.document = false, .witnesses = 0}}};
    restarted.set_roster(test::make_classroom());
    restarted.set_camera(record::Source{record::SourceKind::physical, "v4l2"});
    REQUIRE(restarted.load_candidates());
    CHECK_FALSE(candidates.has_face(PersonId("p-1")));
    CHECK(run(restarted.face_from_camera(order_for("01", ""), watcher()), [&] { restarted.offer(next_report(1)); }));
    CHECK(candidates.has_face(PersonId("p-1")));
    CHECK(sink.drafts(EventKind::consent).size() == 1);
}
