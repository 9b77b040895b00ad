#include "firmware/checkin/template_retention.hpp"

#include "firmware/checkin/checkin.hpp"
#include "tests/support/enrolment_desk.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using record::EventKind;
using test::Desk;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kKeepMs = 60 * kDayMs;
/// Of the second lesson of make_classroom().
constexpr std::int64_t kEndMs = test::FakeClock::kStartMs + kDayMs + 45 * 60'000;
const PersonId kAnna("p-1");

/// A desk whose gallery is looked through for templates that nobody may keep any longer.
class Keeping : public Desk {
public:
    Keeping() { set_roster(classroom(0)); }

    /// The classroom as the registry signed it at this time, its lessons moved.
    static std::shared_ptr<roster::Roster> classroom(std::int64_t as_of_ms, std::int64_t lessons_by_ms = 0) {
        auto roster = test::make_classroom();
        roster->as_of_ms = as_of_ms;
        for (auto &lesson : roster->classes[0].lessons) {
            for (auto &hour : lesson.hours) {
                hour.start_ms += lessons_by_ms;
                hour.end_ms += lessons_by_ms;
            }
        }
        return roster;
    }
    void apply(const std::shared_ptr<roster::Roster> &roster) {
        set_roster(roster);
        retention.set_roster(*roster);
    }
    /// A roster without any class any more.
    void apply_empty(std::int64_t as_of_ms) {
        const auto roster = classroom(as_of_ms);
        roster->classes.clear();
        apply(roster);
    }
    /// As terminald does it.
    Expected<std::size_t> look() {
        auto ended = retention.run();
        REQUIRE(enrolment.load_candidates());
        return ended;
    }
    std::size_t erasures() const { return sink.drafts(EventKind::erasure).size(); }

    TemplateRetention retention{gallery, consents, kKeepMs};
};

} // namespace

TEST_CASE_FIXTURE(Keeping, "retention: templates are kept while the class runs and for the days after it, also when "
                           "the roster has forgotten it") {
    REQUIRE(enrol_face("01", 1));
    apply(classroom(test::FakeClock::kStartMs));
    CHECK(look() == 0);
    apply(classroom(kEndMs + 29 * kDayMs));
    CHECK(look() == 0);
    apply_empty(kEndMs + 31 * kDayMs);
    CHECK(look() == 0);
    retention.learn(kEndMs + kKeepMs - 1);
    CHECK(look() == 0);
    CHECK(candidates.has_face(kAnna));
    CHECK(erasures() == 0);
}

TEST_CASE_FIXTURE(Keeping,
                  "retention: when the days are over face and finger are erased, the consents to them end, and "
                  "the journal says why") {
    REQUIRE(enrol_face("01", 1));
    REQUIRE(enrol_finger("01", 10));
    REQUIRE(agree("01", "passed_to_bureau"));
    apply(classroom(kEndMs));
    CHECK(look() == 0);
    apply_empty(kEndMs + kKeepMs);
    CHECK(look() == 1);
    CHECK_FALSE(candidates.has_face(kAnna));
    CHECK_FALSE(candidates.has_finger(kAnna));
    CHECK(gallery.templates.empty());
    CHECK_FALSE(gallery.has_consent(kAnna, "face").value());
    CHECK_FALSE(gallery.has_consent(kAnna, "finger").value());
    CHECK(gallery.has_consent(kAnna, "passed_to_bureau").value()); // of records, which are kept as the rules say
    REQUIRE(erasures() == 1);
    const auto erasure = sink.drafts(EventKind::erasure).front().data;
    CHECK(erasure.at("person").as_string() == "p-1");
    CHECK(erasure.at("factor").as_string() == "all");
    CHECK(erasure.at("reason").as_string() == "retention_over");
    const auto consents = sink.drafts(EventKind::consent);
    for (std::size_t i = consents.size() - 2; i < consents.size(); ++i) {
        CHECK_FALSE(consents[i].data.at("given").as_bool());
        CHECK(consents[i].data.at("reason").as_string() == "retention_over");
    }
    CHECK(look() == 0); // and that was all
    CHECK(erasures() == 1);
}

TEST_CASE_FIXTURE(Keeping, "retention: the next training asks again before it takes a face") {
    REQUIRE(enrol_face("01", 1));
    apply(classroom(kEndMs + kKeepMs));
    CHECK(look() == 1);
    apply(classroom(kEndMs + kKeepMs + 1, 100 * kDayMs));
    CHECK(run(enrolment.face_from_camera(order_for("01", ""), watcher()), [] {}).error().code == ErrorCode::denied);
    REQUIRE(enrol_face("01", 1)); // with consent
    CHECK(look() == 0);
    CHECK(candidates.has_face(kAnna));
}

TEST_CASE_FIXTURE(Keeping, "retention: whose templates are erased is unknown to the check-in, by face and by finger") {
    REQUIRE(enrol_face("01", 1));
    REQUIRE(enrol_finger("01", 10));
    History history;
    Settings settings;
    settings.face = {.match = 0.6F, .margin = 0.1F, .liveness = 0.5F};
    const record::Source source{record::SourceKind::physical, "v4l2"};
    Checkin checkin(settings, {sink, clock, history, candidates, nullptr, &matcher, source, source, "fake-face-1"});
    checkin.set_roster(test::make_classroom());
    const auto show = [&](std::uint64_t track) {
        for (int frame = 0; frame < 12; ++frame) {
            auto report = next_report(1);
            report.track = track;
            checkin.face(report);
        }
    };
    show(1);
    CHECK(sink.drafts(EventKind::punch).size() == 1);
    apply(classroom(kEndMs + kKeepMs));
    CHECK(look() == 1);
    show(2);
    checkin.finger(test::FakeMatcher::finger(10));
    CHECK(sink.drafts(EventKind::punch).size() == 1);
    std::vector<std::string> reasons;
    for (const auto &draft : sink.drafts(EventKind::refused_attempt)) {
        reasons.emplace_back(draft.data.at("reason").as_string());
    }
    CHECK(reasons == std::vector<std::string>{"unknown_person", "no_match_finger"});
}

TEST_CASE_FIXTURE(Keeping, "retention: a device clock that is years ahead erases nothing") {
    REQUIRE(enrol_face("01", 1));
    apply(classroom(kEndMs));
    clock.set_wall(kEndMs + 3'650 * kDayMs);
    CHECK(look() == 0);
    retention.learn(kEndMs + kKeepMs - 1);
    CHECK(look() == 0);
    CHECK(candidates.has_face(kAnna));
}

TEST_CASE_FIXTURE(Keeping, "retention: while the registry has not said what time it is, nothing is erased or counted") {
    REQUIRE(enrol_face("01", 1));
    CHECK(look() == 0);
    CHECK(gallery.remembered.empty());
}

TEST_CASE_FIXTURE(Keeping, "retention: somebody who comes back onto a roster keeps the templates for its class too") {
    REQUIRE(enrol_face("01", 1));
    apply(classroom(kEndMs));
    CHECK(look() == 0);
    apply_empty(kEndMs + 31 * kDayMs);
    CHECK(look() == 0);
    apply(classroom(kEndMs + kKeepMs, 50 * kDayMs));
    CHECK(look() == 0);
    apply_empty(kEndMs + 50 * kDayMs + kKeepMs - 1);
    CHECK(look() == 0);
    apply(classroom(kEndMs + 50 * kDayMs + kKeepMs - 1, -50 * kDayMs)); // an earlier class takes nothing back
    CHECK(look() == 0);
    CHECK(candidates.has_face(kAnna));
    apply_empty(kEndMs + 50 * kDayMs + kKeepMs);
    CHECK(look() == 1);
}

TEST_CASE_FIXTURE(Keeping, "retention: whom no roster ever had is kept from when they were first seen on") {
    gallery.templates.push_back({1, PersonId("p-9"), "face", "", "fake-face-1", Bytes(20, 0), {}, false});
    apply(classroom(kEndMs));
    CHECK(look() == 0);
    retention.learn(kEndMs + kKeepMs - 1);
    CHECK(look() == 0);
    retention.learn(kEndMs + kKeepMs);
    CHECK(look() == 1);
    CHECK(sink.drafts(EventKind::erasure).front().data.at("person").as_string() == "p-9");
}

TEST_CASE_FIXTURE(Keeping, "retention: the term goes on over a restart") {
    REQUIRE(enrol_face("01", 1));
    apply(classroom(kEndMs));
    CHECK(look() == 0);
    apply_empty(kEndMs + kKeepMs - 1);
    TemplateRetention restarted(gallery, consents, kKeepMs);
    restarted.learn(kEndMs + kKeepMs - 1);
    CHECK(restarted.run() == 0);
    restarted.learn(kEndMs + kKeepMs);
    CHECK(restarted.run() == 1);
}

TEST_CASE_FIXTURE(Keeping, "retention: other days count for templates that are there already") {
    REQUIRE(enrol_face("01", 1));
    apply(classroom(kEndMs + 10 * kDayMs));
    CHECK(look() == 0);
    TemplateRetention shorter(gallery, consents, 10 * kDayMs);
    shorter.learn(kEndMs + 10 * kDayMs);
    CHECK(shorter.run() == 1);
}

TEST_CASE_FIXTURE(Keeping, "retention: a whole class goes a few people at a time") {
    for (int person = 10; person < 20; ++person) {
        gallery.templates.push_back(
            {person, PersonId("p-" + std::to_string(person)), "face", "", "fake-face-1", Bytes(20, 0), {}, false});
    }
    retention.learn(kEndMs);
    CHECK(look() == 0);
    retention.learn(kEndMs + kKeepMs);
    CHECK(look() == TemplateRetention::kMostAtOnce);
    CHECK(look() == TemplateRetention::kMostAtOnce);
    CHECK(look() == 2);
    CHECK(look() == 0);
    CHECK(erasures() == 10);
}

TEST_CASE_FIXTURE(Keeping,
                  "retention: what could not be journaled is journaled later, what could not be erased erased") {
    REQUIRE(enrol_face("01", 1));
    apply(classroom(kEndMs + kKeepMs));
    gallery.end_error = Error{ErrorCode::io, "EIO"};
    CHECK(look().error().code == ErrorCode::io);
    CHECK(candidates.has_face(kAnna));
    CHECK(erasures() == 0);
    gallery.end_error.reset();
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    CHECK(look().error().code == ErrorCode::io);
    CHECK_FALSE(candidates.has_face(kAnna)); // no template is used whose erasure has begun
    sink.recover();
    apply(classroom(kEndMs + kKeepMs, 100 * kDayMs)); // meanwhile a new class begins
    CHECK(look() == 1);
    CHECK(erasures() == 1);
    CHECK(look() == 0);
}

TEST_CASE_FIXTURE(Keeping, "retention: an end that is still to be journaled comes before the next consent") {
    REQUIRE(enrol_face("01", 1));
    apply(classroom(kEndMs + kKeepMs));
    sink.fail_with(Error{ErrorCode::io, "EIO"});
    CHECK_FALSE(look());
    CHECK_FALSE(agree("01", "face"));
    sink.recover();
    apply(classroom(kEndMs + kKeepMs, 100 * kDayMs));
    REQUIRE(enrol_face("01", 1));
    CHECK(look() == 0);
    CHECK(candidates.has_face(kAnna));
    std::vector<EventKind> kinds;
    for (const auto &draft : sink.drafts()) {
        kinds.push_back(draft.kind);
    }
    CHECK(kinds == std::vector{EventKind::consent, EventKind::enrolment, EventKind::consent, EventKind::consent,
                               EventKind::erasure, EventKind::consent, EventKind::enrolment});
}

TEST_CASE_FIXTURE(Keeping, "retention: whoever withdrew is forgotten, and enrolled anew counts anew") {
    gallery.templates.push_back({1, PersonId("p-9"), "face", "", "fake-face-1", Bytes(20, 0), {}, false});
    retention.learn(kEndMs);
    CHECK(look() == 0);
    REQUIRE(consents.withdraw_all({PersonId("p-9"), {}, {}}, "withdrawn", "teacher"));
    retention.learn(kEndMs + kKeepMs - 1);
    CHECK(look() == 0);
    CHECK(gallery.remembered.empty());
    CHECK(erasures() == 1);
}
