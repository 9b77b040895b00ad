#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/enrolment_desk.hpp"
#include "tests/support/freed_memory.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using record::EventKind;
using test::Desk;
using test::FakePipeline;
using Face = test::FakePipeline::Face;

namespace {

/// As shipped: a document, two witnesses, two photographs.
struct StrictDesk : Desk {
    StrictDesk() : Desk(EnrolmentPolicy{}) {}

    EnrolmentOrder bound_order(const char *number, int portrait_of) {
        auto order = order_for(number);
        order.document = std::make_shared<FileIdDocument>(photograph({Face{portrait_of}}));
        for (const char *witness : {"03", "04"}) {
            order.witnesses.emplace_back();
            order.witnesses.back().number = witness;
        }
        return order;
    }
    Expected<EnrolmentOutcome> enrol(EnrolmentOrder order, int face) {
        return run(enrolment.face_from_camera(std::move(order), watcher()), [&, face] { show_face(face); });
    }
    std::string refused_for() const {
        const auto actions = sink.drafts(EventKind::operator_action);
        REQUIRE_FALSE(actions.empty());
        return std::string(actions.back().data.at("reason").as_string());
    }
};

} // namespace

TEST_CASE_FIXTURE(StrictDesk, "enrolment: the event binds the face by portrait, score and two witnesses") {
    REQUIRE(enrol(bound_order("02", 2), 2));
    const auto events = sink.drafts(EventKind::enrolment);
    REQUIRE(events.size() == 1);
    CHECK(events[0].data.at("document").as_string() == "file");
    CHECK(events[0].data.at("document_score_millionths").as_int64() == 1'000'000);
    CHECK(events[0].data.at("witnesses") == json::Array{"p-3", "p-4"});
}

TEST_CASE_FIXTURE(StrictDesk, "enrolment: somebody else than the portrait shows is refused, and nothing is kept") {
    const auto outcome = enrol(bound_order("02", 1), 2);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::denied);
    CHECK(outcome.error().message.find("与证件照片不符") != std::string::npos);
    CHECK(refused_for() == "document_mismatch");
    CHECK(progress.back().at("refusal").as_string() == "document_mismatch");
    CHECK(gallery.templates.empty());
    CHECK(sink.drafts(EventKind::enrolment).empty());
}

TEST_CASE_FIXTURE(StrictDesk, "enrolment: poses less like the portrait do not count against the one that is like it") {
    const auto enrol_posed = [&](float likest) {
        return run(enrolment.face_from_camera(bound_order("01", 1), watcher()), [&] {
            auto report = next_report(1);
            const auto &pose = report.observation.pose;
            const float like = pose.yaw == 0 && std::abs(pose.pitch) < 5 ? likest : 0.5F; // the threshold is 0.6
            report.observation.embedding = {like, std::sqrt(1 - like * like), 0, 0, 0};
            enrolment.offer(report);
        });
    };
    REQUIRE_FALSE(enrol_posed(0.55F));
    CHECK(refused_for() == "document_mismatch");
    REQUIRE(enrol_posed(0.75F));
    const auto events = sink.drafts(EventKind::enrolment);
    REQUIRE(events.size() == 1);
    CHECK(std::abs(events[0].data.at("document_score_millionths").as_int64() - 750'000) < 10);
}

TEST_CASE_FIXTURE(StrictDesk, "enrolment: without document or witnesses the camera never looks") {
    auto order = bound_order("02", 2);
    order.document.reset();
    CHECK(enrol(std::move(order), 2).error().code == ErrorCode::denied);
    CHECK(refused_for() == "document_missing");
    order = bound_order("02", 2);
    order.witnesses.pop_back();
    CHECK(enrol(std::move(order), 2).error().code == ErrorCode::denied);
    CHECK(refused_for() == "witnesses_missing");
    order = bound_order("02", 2);
    order.witnesses.back().number = "02"; // nobody is a witness to themself
    CHECK(enrol(std::move(order), 2).error().code == ErrorCode::invalid_argument);
    CHECK(shown == 0);
}

TEST_CASE_FIXTURE(StrictDesk, "enrolment: a portrait without a face is refused with the reason") {
    auto order = bound_order("02", 2);
    order.document = std::make_shared<FileIdDocument>(photograph({}));
    const auto outcome = enrol(std::move(order), 2);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().message.find("no face in it") != std::string::npos);
    CHECK(refused_for() == "document_unusable");
}

TEST_CASE_FIXTURE(StrictDesk, "enrolment: a document gives its portrait once, and then it is gone") {
    FileIdDocument document(photograph({Face{1}}));
    {
        const auto portrait = document.take_portrait();
        REQUIRE(portrait);
        CHECK_FALSE(portrait->items().empty());
    }
    CHECK(document.take_portrait().error().code == ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(StrictDesk, "enrolment: the portrait's embedding is wiped, however the enrolment ends") {
    const auto secret = FakePipeline::embedding(4);
    SUBCASE("no photograph is good enough") {
        test::FreedMemory freed(secret);
        auto outcome = run(enrolment.face_from_photographs(bound_order("02", 4), {photograph({})}, watcher()), [] {});
        REQUIRE_FALSE(outcome);
        CHECK(freed.unwiped() == 0);
    }
    SUBCASE("nobody comes before the camera") {
        test::FreedMemory freed(secret);
        watched = false;
        auto outcome = run(enrolment.face_from_camera(bound_order("02", 4), watcher()), [] {});
        REQUIRE_FALSE(outcome);
        CHECK(freed.unwiped() == 0);
    }
    SUBCASE("it is another person's") {
        test::FreedMemory freed(secret);
        REQUIRE_FALSE(enrol(bound_order("02", 4), 2));
        CHECK(freed.unwiped() == 0);
    }
}

TEST_CASE_FIXTURE(StrictDesk, "enrolment: one photograph suffices only where the policy allows it") {
    auto outcome =
        run(enrolment.face_from_photographs(bound_order("02", 2), {photograph({Face{2}})}, watcher()), [] {});
    REQUIRE_FALSE(outcome);
    CHECK(refused_for() == "too_few_photographs");
    outcome = run(enrolment.face_from_photographs(bound_order("02", 2), {photograph({Face{2}}), photograph({Face{2}})},
                                                  watcher()),
                  [] {});
    CHECK(outcome);
}

TEST_CASE_FIXTURE(Desk, "enrolment: somebody who leaves the roster meanwhile is not enrolled") {
    const auto outcome = run(enrolment.face_from_camera(order_for("02"), watcher()), [&] {
        auto changed = test::make_classroom();
        std::erase_if(changed->classes[0].trainees, [](const auto &t) { return t.number == "02"; });
        set_roster(changed);
        show_face(2);
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::conflict);
    CHECK(gallery.templates.empty());
}

TEST_CASE_FIXTURE(Desk, "enrolment: a consent that is withdrawn while the camera looks ends it") {
    const auto outcome = run(enrolment.face_from_camera(order_for("02"), watcher()), [&] {
        Subject subject;
        subject.number = "02";
        if (shown == 3) {
            CHECK(consents.withdraw(subject, "face", "teacher"));
        }
        show_face(2);
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::denied);
    CHECK(gallery.templates.empty());
    CHECK(sink.drafts(EventKind::operator_action).back().data.at("reason").as_string() == "no_consent");
    CHECK(progress.back().at("refusal").as_string() == "no_consent");
}

TEST_CASE_FIXTURE(Desk, "enrolment: when the enrolment cannot be journaled, nothing is kept") {
    auto order = order_for("02");
    const auto outcome = run(enrolment.face_from_camera(std::move(order), watcher()), [&] {
        if (shown == 4) {
            sink.fail_with(Error{ErrorCode::no_space, "full"});
        }
        show_face(2);
    });
    REQUIRE_FALSE(outcome);
    CHECK(gallery.templates.empty());
    CHECK_FALSE(candidates.has_face(PersonId("p-2")));
}

TEST_CASE_FIXTURE(Desk, "enrolment: the watcher is told which pose is missing, and a rest of poses is no enrolment") {
    int frames = 0;
    const auto outcome = run(enrolment.face_from_camera(order_for("02"), watcher()), [&] {
        if (++frames > 7) {
            clock.advance(70'000);
        }
        shown = frames % 2; // only front and left
        show_face(2);
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().message.find("right, up, down") != std::string::npos);
    bool asked_right = false;
    for (const auto &line : progress) {
        asked_right |= line.contains("guidance") && line.at("guidance").as_string() == "look_right";
    }
    CHECK(asked_right);
    CHECK(gallery.templates.empty());
}

TEST_CASE_FIXTURE(Desk, "enrolment: who cannot turn the head is enrolled as they look, and the event has no poses") {
    auto order = order_for("02");
    order.any_pose = true;
    REQUIRE(run(enrolment.face_from_camera(std::move(order), watcher()), [&] {
        shown = 0;
        show_face(2);
    }));
    CHECK_FALSE(sink.drafts(EventKind::enrolment)[0].data.contains("poses"));
}
