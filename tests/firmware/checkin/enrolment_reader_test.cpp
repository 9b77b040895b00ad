#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/enrolment_desk.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using record::EventKind;

namespace {

/// An enrolment desk whose reader takes fingers by itself and keeps them.
class ReaderDeskTest : public test::Desk {
public:
    ReaderDeskTest() { plug(true); }
    void plug(bool keeps) {
        own = std::make_unique<test::FakeReader>(keeps);
        reader_desk.up(*own, record::Source{record::SourceKind::physical, "fake"});
        REQUIRE(reader_desk.load());
    }
    /// The reader does its part; `end` says how it ends.
    std::function<void()> reader_says(std::function<void()> end) {
        return [this, end = std::move(end)] {
            if (!own->enrolling.empty()) {
                enrolment.offer_stage(1, 3);
                end();
                own->enrolling.clear();
            }
        };
    }
    std::function<void()> reader_takes() {
        return reader_says([this] { enrolment.offer_print(fingerprint::ReaderPrint{own->enrolling, Bytes{7}}); });
    }
    Expected<EnrolmentOutcome> take(const char *number, const char *finger) {
        return run(enrolment.finger(order_for(number, "finger"), finger, watcher()), reader_takes());
    }
    std::string refusal() const {
        const auto actions = sink.drafts(EventKind::operator_action);
        return actions.empty() ? "" : std::string(actions.back().data.at("reason").as_string());
    }

    std::unique_ptr<test::FakeReader> own;
};

} // namespace

TEST_CASE_FIXTURE(ReaderDeskTest,
                  "enrolment: a reader that keeps prints takes the finger; the event says of which family") {
    const auto outcome = take("03", "left_index");
    REQUIRE(outcome);
    CHECK(outcome->samples == 3);
    const auto events = sink.drafts(EventKind::enrolment);
    REQUIRE(events.size() == 1);
    CHECK(events[0].data.at("model").as_string() == "fake-reader-1");
    CHECK(events[0].data.at("finger").as_string() == "left_index");
    CHECK(events[0].source.driver == "fake");
    REQUIRE(gallery.templates.size() == 1);
    CHECK(gallery.templates[0].in_reader);
    CHECK(gallery.debts.empty());
    const auto print = fingerprint::read_print(gallery.templates[0].bytes);
    REQUIRE(print);
    CHECK(candidates.owner_of(print->label) == PersonId("p-3"));
    CHECK(print->label.size() == 16);                     // of random_token
    CHECK(print->label.find("p-3") == std::string::npos); // a label names nobody
    CHECK(progress.back().at("of").to_number<int>() == 3);
    CHECK_FALSE(enrolment.wants_fingers());
}

TEST_CASE_FIXTURE(ReaderDeskTest,
                  "enrolment: a print that is being decided about is not erased in the reader meanwhile") {
    const auto outcome = run(enrolment.finger(order_for("03", "finger"), "left_index", watcher()), reader_says([&] {
                                 enrolment.offer_print(fingerprint::ReaderPrint{own->enrolling, Bytes{7}});
                                 reader_desk.pay(); // as it is called now and then
                             }));
    REQUIRE(outcome);
    CHECK(own->forgetting.empty());
    CHECK(gallery.templates.size() == 1);
}

TEST_CASE_FIXTURE(ReaderDeskTest, "enrolment: of a reader that keeps no prints the whole print is sealed here") {
    plug(false);
    REQUIRE(take("03", "left_index"));
    REQUIRE(gallery.templates.size() == 1);
    CHECK_FALSE(gallery.templates[0].in_reader);
    REQUIRE(gallery.erase(PersonId("p-3")));
    CHECK(gallery.debts.empty());
}

TEST_CASE_FIXTURE(ReaderDeskTest,
                  "enrolment: the reader is given everybody's prints, and a known one is refused by name") {
    REQUIRE(take("03", "left_index"));
    const auto label = fingerprint::read_print(gallery.templates[0].bytes)->label;
    const auto again = run(enrolment.finger(order_for("04", "finger"), "left_index", watcher()), reader_says([&] {
                               CHECK(own->others.size() == 1);
                               enrolment.offer_known(label);
                           }));
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::conflict);
    CHECK(again.error().message.find("number 03") != std::string::npos);
    const auto action = sink.drafts(EventKind::operator_action).back().data;
    CHECK(action.at("action").as_string() == "duplicate_refused");
    CHECK(action.at("other").as_string() == "p-3");
    CHECK_FALSE(action.contains("score_millionths")); // the reader gives none
    const auto own_again = run(enrolment.finger(order_for("03", "finger"), "right_thumb", watcher()),
                               reader_says([&] { enrolment.offer_known(label); }));
    REQUIRE_FALSE(own_again);
    CHECK(own_again.error().code == ErrorCode::already_exists);
    CHECK(own_again.error().message.find("left_index") != std::string::npos);
    CHECK(gallery.templates.size() == 1);
}

TEST_CASE_FIXTURE(ReaderDeskTest, "enrolment: why the reader asks again, and how far it is, is told as it happens") {
    const auto outcome = run(enrolment.finger(order_for("03", "finger"), "left_index", watcher()), reader_says([&] {
                                 enrolment.offer(fingerprint::Retry::too_short);
                                 enrolment.offer_stage(3, 3);
                                 enrolment.offer(fingerprint::Retry::centre);
                                 enrolment.offer(fingerprint::Retry::too_few_minutiae);
                                 context.poll();
                                 enrolment.offer_print(fail(ErrorCode::no_space, "the module is full"));
                             }));
    REQUIRE_FALSE(outcome);
    std::vector<std::string> told;
    for (const auto &line : progress) {
        told.emplace_back(line.at("guidance").as_string());
        CHECK(line.at("of").to_number<int>() == 3);
    }
    CHECK(std::ranges::count(told, "press_longer") == 1);
    CHECK(std::ranges::count(told, "centre_the_finger") == 1);
    CHECK(std::ranges::count(told, "press_harder") == 1);
    CHECK(std::ranges::count(told, "finger_taken") == 1);
    CHECK(outcome.error().code == ErrorCode::no_space);
    CHECK(gallery.templates.empty());
    CHECK(sink.drafts(EventKind::enrolment).empty());
}

TEST_CASE_FIXTURE(ReaderDeskTest,
                  "enrolment: cancelled, the reader is told at once; what it took already is erased in it") {
    const auto outcome = run(enrolment.finger(order_for("03", "finger"), "left_index", watcher()), [&] {
        watched = false;
        if (own->cancelled > 0) {
            enrolment.offer_print(fingerprint::ReaderPrint{own->enrolling, Bytes{7}});
        }
    });
    REQUIRE_FALSE(outcome);
    CHECK(own->cancelled == 1);
    CHECK(gallery.templates.empty());
    CHECK(sink.drafts(EventKind::enrolment).empty());
    REQUIRE(gallery.debts.size() == 1);
    REQUIRE(own->forgetting.size() == 1);
    reader_desk.forgotten(own->forgetting[0], {});
    CHECK(gallery.debts.empty());
}

TEST_CASE_FIXTURE(ReaderDeskTest,
                  "enrolment: a print that cannot be journaled is no template, and is erased in the reader") {
    auto order = order_for("03", "finger");
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    CHECK_FALSE(run(enrolment.finger(std::move(order), "left_index", watcher()), reader_takes()));
    CHECK(gallery.templates.empty());
    CHECK(gallery.debts.size() == 1);
    CHECK(own->forgetting.size() == 1);
}

TEST_CASE_FIXTURE(ReaderDeskTest,
                  "enrolment: of a person at most three fingers, said in words before the first touch") {
    for (const char *finger : {"left_index", "right_index", "right_thumb"}) {
        REQUIRE(take("03", finger));
    }
    const auto fourth = take("03", "left_thumb");
    REQUIRE_FALSE(fourth);
    CHECK(fourth.error().code == ErrorCode::conflict);
    CHECK(fourth.error().message.find("三枚指纹") != std::string::npos);
    CHECK(fourth.error().message.find("at most three fingers") != std::string::npos);
    CHECK(fourth.error().message.find("left_index, right_index, right_thumb") != std::string::npos);
    CHECK(refusal() == "too_many_fingers");
    CHECK(own->enrolling.empty());
    CHECK(take("04", "left_thumb"));  // of a person
    CHECK(take("03", "right_index")); // again, in place of itself
    CHECK(gallery.templates.size() == 4);
    CHECK(gallery.debts.size() == 1); // the print before
}

TEST_CASE_FIXTURE(test::Desk, "enrolment: three fingers are the most of a reader that gives minutiae too") {
    int pressed = 10;
    const auto enrol = [&](const char *finger) {
        pressed += 10;
        return run(enrolment.finger(order_for("03", "finger"), finger, watcher()), [&] { press(pressed); });
    };
    REQUIRE(enrol("left_index"));
    REQUIRE(enrol("right_index"));
    pressed -= 10; // the same finger as the one before
    const auto same = enrol("right_thumb");
    REQUIRE_FALSE(same);
    CHECK(same.error().code == ErrorCode::already_exists);
    CHECK(same.error().message.find("right_index") != std::string::npos);
    REQUIRE(enrol("right_thumb"));
    CHECK(enrol("left_thumb").error().code == ErrorCode::conflict);
    CHECK(gallery.templates.size() == 3);
    CHECK(gallery.templates[0].model == "minutiae-1");
}

TEST_CASE_FIXTURE(ReaderDeskTest, "F35: the erasure says what is left in the reader, until the reader confirms it") {
    REQUIRE(take("03", "left_index"));
    Subject subject;
    subject.number = "03";
    REQUIRE(consents.withdraw(subject, "finger", "teacher"));
    REQUIRE(enrolment.load_candidates());
    const auto erasures = sink.drafts(EventKind::erasure);
    REQUIRE(erasures.size() == 1);
    CHECK(erasures[0].data.at("left_in_reader").as_int64() == 1);
    CHECK(consents.left_in_reader(PersonId("p-2")).value() == 0);
    REQUIRE(consents.withdraw(subject, "face", "teacher"));
    CHECK_FALSE(sink.drafts(EventKind::erasure).back().data.contains("left_in_reader")); // no face is
    REQUIRE(own->forgetting.size() == 1);
    reader_desk.forgotten(own->forgetting[0], {});
    CHECK(sink.drafts(EventKind::erasure).back().data.at("factor").as_string() == "reader");
    CHECK(consents.left_in_reader(PersonId("p-3")).value() == 0);
}

TEST_CASE_FIXTURE(ReaderDeskTest, "F35: one finger erased is owed by the reader, the person's other one is not") {
    REQUIRE(take("03", "left_index"));
    REQUIRE(take("03", "right_index"));
    Subject subject;
    subject.number = "03";
    REQUIRE(consents.erase_finger(subject, "left_index", "injured"));
    REQUIRE(enrolment.load_candidates());
    CHECK(sink.drafts(EventKind::erasure).back().data.at("left_in_reader").as_int64() == 1);
    CHECK(consents.left_in_reader(PersonId("p-3"), "left_index").value() == 1);
    CHECK(consents.left_in_reader(PersonId("p-3"), "right_index").value() == 0);
    CHECK(own->forgetting.size() == 1);
    CHECK(gallery.templates.size() == 1);
}

TEST_CASE_FIXTURE(ReaderDeskTest, "enrolment: unplugged in the middle, it ends and nothing is kept") {
    const auto outcome = run(enrolment.finger(order_for("03", "finger"), "left_index", watcher()), reader_says([&] {
                                 reader_desk.down();
                                 enrolment.offer_print(fail(ErrorCode::unavailable, "unplugged"));
                             }));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == ErrorCode::unavailable);
    CHECK(gallery.templates.empty());
}
