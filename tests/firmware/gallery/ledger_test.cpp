#include "firmware/gallery/ledger.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using gallery::Ledger;
using gallery::Position;

namespace {

const PersonId kAnna("p-anna");
const ChainId kFirst("c-1"), kSecond("c-2");

/// A ledger with one chain; events get the next seq.
struct Book {
    Book() { begin(kFirst); }
    void begin(const ChainId &chain) {
        ledger.begin_chain(chain);
        body.chain = chain;
        body.seq = 0;
    }
    void event(record::EventKind kind, json::Object data, const PersonId &person = kAnna) {
        ++body.seq;
        body.kind = record::to_string(kind);
        body.data = std::move(data);
        body.data["person"] = person.str();
        ledger.feed(body);
    }
    void enrol(const std::string &factor = "face", const std::string &finger = "") {
        json::Object data{{"factor", factor}};
        if (!finger.empty()) {
            data["finger"] = finger;
        }
        event(record::EventKind::enrolment, std::move(data));
    }
    void erase(const std::string &factor = "all") { event(record::EventKind::erasure, {{"factor", factor}}); }
    void consent(const std::string &purpose, bool given) {
        event(record::EventKind::consent, {{"purpose", purpose}, {"given", given}});
    }
    bool holds(const Position &position, const std::string &factor = "face", const std::string &finger = "") const {
        return ledger.holds(kAnna, factor, finger, position);
    }

    Ledger ledger;
    record::EventBody body;
};

} // namespace

TEST_CASE("F35: a template holds with its own enrolment, and not after an erasure or a newer enrolment") {
    Book book;
    CHECK(book.holds({kFirst, 0})); // its enrolment was not journaled: nobody was told that it succeeded
    book.enrol();                   // 1
    CHECK(book.holds({kFirst, 0}));
    book.event(record::EventKind::heartbeat, {}); // 2
    book.enrol();                                 // 3
    CHECK_FALSE(book.holds({kFirst, 0}));
    CHECK(book.holds({kFirst, 2}));
    book.erase(); // 4
    CHECK_FALSE(book.holds({kFirst, 2}));
    book.enrol(); // 5: with a new template, kept at 4
    CHECK(book.holds({kFirst, 4}));
    CHECK_FALSE(book.holds({kFirst, 2})); // an old template does not come back with the new consent
}

TEST_CASE("F35: a withdrawn consent ends the templates of its factor, an erasure those that it names") {
    Book book;
    book.enrol("face");                  // 1
    book.enrol("finger", "right_index"); // 2
    book.enrol("finger", "left_index");  // 3
    book.consent("clips_leave_device", false);
    book.consent("face", true);
    CHECK(book.holds({kFirst, 0}));
    book.consent("face", false); // 6
    CHECK_FALSE(book.holds({kFirst, 0}));
    CHECK(book.ledger.is_withdrawn(kAnna, "face"));
    CHECK(book.holds({kFirst, 1}, "finger", "right_index"));
    CHECK(book.holds({kFirst, 2}, "finger", "left_index"));
    book.erase("finger");
    CHECK_FALSE(book.holds({kFirst, 2}, "finger", "left_index"));
    book.consent("face", true);
    CHECK_FALSE(book.ledger.is_withdrawn(kAnna, "face"));
    CHECK_FALSE(book.holds({kFirst, 0})); // consent alone brings nothing back
}

TEST_CASE("F35: the erasure of one finger ends that finger's templates alone, until it is enrolled anew") {
    Book book;
    book.enrol("face");                  // 1
    book.enrol("finger", "right_index"); // 2
    book.enrol("finger", "left_index");  // 3
    book.event(record::EventKind::erasure, {{"factor", "finger"}, {"finger", "right_index"}});
    CHECK_FALSE(book.holds({kFirst, 1}, "finger", "right_index"));
    CHECK(book.holds({kFirst, 2}, "finger", "left_index"));
    CHECK(book.holds({kFirst, 0}));
    book.enrol("finger", "right_index"); // 5: kept at 4
    CHECK(book.holds({kFirst, 4}, "finger", "right_index"));
    CHECK_FALSE(book.holds({kFirst, 1}, "finger", "right_index"));
}

TEST_CASE("F35: events of a former chain still count, and a template of an unknown chain never holds") {
    Book book;
    book.enrol();
    book.erase();
    book.begin(kSecond);
    CHECK_FALSE(book.holds({kFirst, 0}));
    book.enrol();
    CHECK(book.holds({kSecond, 0}));
    CHECK(book.holds({kFirst, 2}));
    CHECK_FALSE(book.holds({ChainId("c-elsewhere"), 5}));
}

TEST_CASE("F35: no template from before a rollback holds, also when the power failed before it was erased") {
    for (const std::string reason : {"rolled_back", "journal_lost"}) {
        Book book;
        book.enrol();
        book.begin(kSecond);
        CHECK(book.holds({kFirst, 0}));
        book.event(record::EventKind::boot, {{"reason", reason}}, PersonId());
        CHECK_FALSE(book.holds({kFirst, 0}));
        CHECK_FALSE(book.holds({}));
        CHECK(book.holds({kSecond, 1}));
        book.enrol();
        CHECK(book.holds({kSecond, 1}));
        book.event(record::EventKind::boot, {{"reason", "start"}}, PersonId());
        CHECK(book.holds({kSecond, 1}));
    }
}

TEST_CASE("ledger: a template of the first version, without a position, is taken for the newest enrolment's") {
    Book book;
    book.enrol();
    book.enrol();
    CHECK(book.holds({}));
    book.erase();
    CHECK_FALSE(book.holds({}));
}

TEST_CASE("ledger: malformed events and other people's change nothing") {
    Book book;
    book.enrol();
    book.event(record::EventKind::erasure, {{"factor", "all"}}, PersonId("p-bo"));
    book.event(record::EventKind::erasure, {{"factor", 7}});
    book.event(record::EventKind::consent, {{"purpose", "face"}});
    CHECK(book.holds({kFirst, 0}));
}
