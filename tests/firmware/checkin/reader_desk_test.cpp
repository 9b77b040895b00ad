#include "firmware/checkin/reader_desk.hpp"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_gallery.hpp"
#include "tests/support/fake_matcher.hpp"
#include "tests/support/fake_reader.hpp"
#include "tests/support/memory_sink.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using fingerprint::ReaderPrint;
using record::EventKind;

namespace {

/// A desk with a reader that keeps prints, and two people's fingers in it.
class ReaderAtDesk {
public:
    ReaderAtDesk() {
        keep("p-1", "right_index", "one");
        keep("p-2", "right_index", "two");
        plug();
        REQUIRE(desk.load());
    }
    void plug() { desk.up(reader, record::Source{record::SourceKind::physical, "fake"}); }
    void keep(const char *person, const char *finger, const std::string &label,
              const std::string &family = "fake-reader-1") {
        gallery::StoredTemplate stored;
        stored.person = PersonId(person);
        stored.factor = "finger";
        stored.finger = finger;
        stored.model = family;
        stored.bytes = fingerprint::write_print({label, Bytes{1, 2}});
        stored.in_reader = true;
        gallery.templates.push_back(stored);
    }
    void erase(const char *person) {
        REQUIRE(gallery.erase(PersonId(person)));
        REQUIRE(desk.load());
    }
    std::vector<std::string> asked() const {
        std::vector<std::string> labels;
        for (const auto &print : reader.forgetting) {
            labels.push_back(print.label);
        }
        return labels;
    }
    std::vector<std::string> erased() const {
        std::vector<std::string> people;
        for (const auto &draft : sink.drafts(EventKind::erasure)) {
            CHECK(draft.data.at("factor").as_string() == "reader");
            CHECK(draft.source.driver == "fake"); // who confirmed it
            people.emplace_back(draft.data.at("person").as_string());
        }
        return people;
    }

    test::FakeClock clock;
    test::MemorySink sink;
    test::FakeGallery gallery;
    test::FakeMatcher matcher;
    test::FakeReader reader{true};
    Candidates candidates;
    ReaderDesk desk{{sink, clock, gallery, candidates, &matcher}};
};

using Texts = std::vector<std::string>;
const Expected<void> kDone;

} // namespace

TEST_CASE_FIXTURE(ReaderAtDesk,
                  "reader desk: a matching reader is told the prints of those in scope, when they change") {
    desk.set_scope({PersonId("p-1")});
    CHECK(reader.labels() == Texts{"one"});
    reader.prints.reset();
    desk.set_scope({PersonId("p-1")});
    CHECK_FALSE(reader.prints); // it has them
    desk.set_scope({PersonId("p-1"), PersonId("p-2")});
    CHECK(reader.labels() == Texts{"one", "two"});
    keep("p-1", "left_index", "three");
    REQUIRE(desk.load());
    desk.set_scope({PersonId("p-1"), PersonId("p-2")});
    CHECK(reader.labels() == Texts{"one", "two", "three"});
    reader.prints.reset();
    desk.down();
    desk.set_scope({});
    CHECK_FALSE(reader.prints);
    plug(); // it may be another one
    desk.set_scope({PersonId("p-2")});
    CHECK(reader.labels() == Texts{"two"});
}

TEST_CASE_FIXTURE(ReaderAtDesk,
                  "F35: an erased person's print is erased in the reader, and journaled when it confirmed") {
    erase("p-1");
    REQUIRE(asked() == Texts{"one"});
    CHECK(erased().empty());
    CHECK(gallery.debts.size() == 1);
    desk.pay();
    CHECK(asked().size() == 1); // asked once
    desk.forgotten(reader.forgetting[0], kDone);
    CHECK(erased() == Texts{"p-1"});
    CHECK(gallery.debts.empty());
}

TEST_CASE_FIXTURE(ReaderAtDesk, "F35: a reader that is away at the erasure is asked when it is back") {
    desk.down();
    erase("p-1");
    CHECK(asked().empty());
    CHECK(erased().empty());
    plug();
    REQUIRE(desk.load());
    REQUIRE(asked() == Texts{"one"});
    desk.forgotten(reader.forgetting[0], fail(ErrorCode::unavailable, "unplugged again"));
    CHECK(erased().empty());
    CHECK(gallery.debts.size() == 1);
    desk.pay();
    REQUIRE(asked() == Texts{"one", "one"});
    desk.forgotten(reader.forgetting[1], kDone);
    CHECK(erased() == Texts{"p-1"});
    CHECK(gallery.debts.empty());
}

TEST_CASE_FIXTURE(ReaderAtDesk, "F35: a reader that was unplugged before it confirmed is asked once more") {
    erase("p-1");
    desk.down();
    plug();
    desk.pay();
    CHECK(asked() == Texts{"one", "one"});
}

TEST_CASE_FIXTURE(ReaderAtDesk, "F35: a reader that keeps no prints in itself is asked to erase none") {
    test::FakeReader forgetful{false};
    desk.down();
    desk.up(forgetful, record::Source{record::SourceKind::physical, "fake"});
    erase("p-1");
    CHECK(forgetful.forgetting.empty());
}

TEST_CASE_FIXTURE(ReaderAtDesk,
                  "F35: an erasure in the reader that cannot be journaled is owed still, and asked again") {
    erase("p-1");
    sink.fail_with(Error{ErrorCode::no_space, "full"});
    desk.forgotten(reader.forgetting[0], kDone);
    CHECK(gallery.debts.size() == 1);
    sink.recover();
    desk.pay();
    REQUIRE(asked().size() == 2);
    desk.forgotten(reader.forgetting[1], kDone);
    CHECK(erased() == Texts{"p-1"});
}

TEST_CASE_FIXTURE(ReaderAtDesk, "F35: another module's prints are not asked of this one") {
    keep("p-1", "left_index", "elsewhere", "fake-reader-2");
    erase("p-1");
    CHECK(asked() == Texts{"one"});
    desk.down();
    reader.family_name = "fake-reader-2"; // the other one is plugged in
    plug();
    REQUIRE(desk.load());
    CHECK(asked() == Texts{"one", "elsewhere"});
}

TEST_CASE_FIXTURE(ReaderAtDesk, "F28: another finger in a person's place in the reader is an alarm, once") {
    desk.exchanged("one");
    desk.exchanged("one");
    desk.exchanged("no such");
    const auto alarms = sink.drafts(EventKind::tamper);
    REQUIRE(alarms.size() == 1);
    CHECK(alarms[0].data.at("what").as_string() == "reader_print");
    CHECK(alarms[0].data.at("person").as_string() == "p-1");
}

TEST_CASE_FIXTURE(ReaderAtDesk, "F28: an alarm about an exchanged print that cannot be journaled is raised again") {
    sink.fail_with(Error{ErrorCode::no_space, "full"});
    desk.exchanged("one");
    sink.recover();
    desk.exchanged("one");
    CHECK(sink.drafts(EventKind::tamper).size() == 1);
}

TEST_CASE_FIXTURE(ReaderAtDesk,
                  "reader desk: beside a reader that matches by itself only its own prints are enrolled") {
    gallery.templates.push_back({9, PersonId("p-3"), "finger", "right_index", std::string(fingerprint::kMinutiaeFamily),
                                 fingerprint::write_impressions({test::FakeMatcher::finger(30)})});
    REQUIRE(desk.load());
    CHECK(candidates.has_finger(PersonId("p-1")));
    CHECK_FALSE(candidates.has_finger(PersonId("p-3")));
}

TEST_CASE_FIXTURE(ReaderAtDesk, "reader desk: fingers of another reader or format are named, and not used") {
    keep("p-3", "left_thumb", "three", "fake-reader-2");
    keep("p-4", "left_thumb", "four", "minutiae-0");
    REQUIRE(desk.load());
    CHECK(candidates.owner_of("three").empty());
    CHECK_FALSE(candidates.has_finger(PersonId("p-4")));
    const auto &foreign = desk.foreign();
    REQUIRE(foreign.size() == 2);
    CHECK(foreign[0].person == PersonId("p-3"));
    CHECK(foreign[0].finger == "left_thumb");
    CHECK(foreign[0].family == "fake-reader-2");
    CHECK(foreign[1].family == "minutiae-0");
    CHECK(candidates.owner_of("one") == PersonId("p-1"));
    test::FakeReader host; // a reader that gives minutiae takes its place: the prints are foreign to it
    desk.down();
    desk.up(host, record::Source{record::SourceKind::physical, "goodix"});
    REQUIRE(desk.load());
    CHECK(candidates.owner_of("one").empty());
    CHECK(desk.foreign().size() == 4);
}

TEST_CASE("reader desk: while no reader was ever there, no finger is another reader's") {
    test::FakeClock clock;
    test::MemorySink sink;
    test::FakeGallery gallery;
    Candidates candidates;
    gallery.templates.push_back({1, PersonId("p-1"), "finger", "right_index", "fake-reader-9", Bytes(5), {}, true});
    ReaderDesk desk{{sink, clock, gallery, candidates, nullptr}};
    REQUIRE(desk.load());
    CHECK(desk.foreign().empty());
}
