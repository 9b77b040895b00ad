#include <algorithm>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "firmware/gallery/gallery.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::gallery;

namespace {

const PersonId kAnna("p-anna"), kBo("p-bo");
const std::string kFace(600, 'A'), kNewFace(600, 'N');

/// A gallery beside a journal of which only the position matters.
struct Terminal {
    test::TemporaryDirectory directory;
    identity::SealingKey key{1, 2, 3};
    Ledger ledger;
    record::EventBody body;
    std::unique_ptr<Gallery> gallery;

    Terminal() {
        body.chain = ChainId("c-1");
        ledger.begin_chain(body.chain);
        open();
    }
    void open() {
        auto position = [this]() -> Expected<Position> { return Position{body.chain, body.seq}; };
        gallery = Gallery::open(path(), key, DeviceId("d-1"), std::move(position)).value();
    }
    std::filesystem::path path() const { return directory / "gallery.db"; }

    void event(record::EventKind kind, const PersonId &person, json::Object data) {
        ++body.seq;
        body.kind = record::to_string(kind);
        body.data = std::move(data);
        body.data["person"] = person.str();
        ledger.feed(body);
    }
    void enrol(const PersonId &person, const std::string &bytes) {
        StoredTemplate face;
        face.model = "m";
        face.bytes.assign(bytes.begin(), bytes.end());
        event(record::EventKind::consent, person, {{"purpose", "face"}, {"given", true}});
        REQUIRE(gallery->set_consent(person, "face", true));
        REQUIRE(gallery->replace(person, "face", "", {face}));
        event(record::EventKind::enrolment, person, {{"factor", "face"}});
    }
    void withdraw(const PersonId &person) {
        REQUIRE(gallery->erase(person));
        REQUIRE(gallery->set_consent(person, "face", false));
        event(record::EventKind::consent, person, {{"purpose", "face"}, {"given", false}});
        event(record::EventKind::erasure, person, {{"factor", "all"}});
    }
    std::vector<PersonId> reconcile() {
        const auto right = [&](const StoredTemplate &row) {
            return ledger.holds(row.person, row.factor, row.finger, row.position);
        };
        const auto came_back = gallery->people_with_wrong(right).value();
        for (const PersonId &person : came_back) {
            REQUIRE(gallery->erase(person));
        }
        REQUIRE(gallery->withdraw(ledger));
        return came_back;
    }
    std::string backup() {
        gallery.reset();
        std::string copy = read_file(path(), 1 << 24).value();
        open();
        return copy;
    }
    void restore(const std::string &copy) {
        gallery.reset();
        REQUIRE(write_file_durably(path(), copy, 0600));
        open(); // whole and sealed with this device's key: by itself nothing is wrong with it
    }
    std::vector<PersonId> people() {
        std::vector<PersonId> found;
        const auto templates = gallery->load("face", "m").value();
        for (const auto &stored : templates) {
            found.push_back(stored.person);
        }
        return found;
    }
    /// The sealed bytes of a person's template, as they lie in the file.
    std::string sealed(const PersonId &person) {
        gallery.reset();
        std::string bytes;
        {
            auto database = sqlite::Database::open(path(), sqlite::Mode::read_only).value();
            auto select = sqlite::Statement::prepare(database, "SELECT sealed FROM template WHERE person = ?").value();
            REQUIRE(select.bind(1, person.str()).step().value());
            bytes = as_text(select.blob(0));
        }
        open();
        return bytes;
    }
    bool on_disk(const std::string &bytes) const {
        return std::ranges::any_of(std::filesystem::directory_iterator(directory.path()), [&](const auto &entry) {
            return read_file(entry.path(), 64U << 20).value().find(bytes) != std::string::npos;
        });
    }
};

} // namespace

TEST_CASE("F35: a restored backup of the whole gallery does not revive an erased template") {
    Terminal terminal;
    terminal.enrol(kAnna, kFace);
    terminal.enrol(kBo, kFace);
    const std::string copy = terminal.backup();
    const std::string sealed = terminal.sealed(kAnna);
    terminal.withdraw(kAnna);
    CHECK_FALSE(terminal.on_disk(sealed));
    terminal.restore(copy);
    REQUIRE(terminal.on_disk(sealed));
    CHECK(terminal.reconcile() == std::vector{kAnna});
    CHECK(terminal.people() == std::vector{kBo});
    CHECK_FALSE(terminal.gallery->has_consent(kAnna, "face").value());
    CHECK(terminal.gallery->has_consent(kBo, "face").value());
    CHECK_FALSE(terminal.on_disk(sealed)); // log and free pages included
    CHECK_FALSE(terminal.on_disk(sealed.substr(100, 32)));
    CHECK_FALSE(terminal.on_disk(kFace.substr(0, 32))); // and nothing was ever there in the clear
    CHECK(terminal.reconcile().empty());
}

TEST_CASE("F35: nor does it when the person has enrolled again since") {
    Terminal terminal;
    terminal.enrol(kAnna, kFace);
    const std::string copy = terminal.backup();
    terminal.withdraw(kAnna);
    terminal.enrol(kAnna, kNewFace);
    CHECK(terminal.reconcile().empty());
    CHECK(terminal.people() == std::vector{kAnna});
    terminal.restore(copy);
    CHECK(terminal.reconcile() == std::vector{kAnna});
    CHECK(terminal.people().empty());
}

TEST_CASE("F35: with a template that came back all of the person's go, as the erasure that is journaled for it says") {
    Terminal terminal;
    StoredTemplate finger;
    finger.model = "m";
    finger.bytes = Bytes(600, 'F');
    const auto enrol_finger = [&] {
        REQUIRE(terminal.gallery->replace(kAnna, "finger", "right_index", {finger}));
        terminal.event(record::EventKind::enrolment, kAnna, {{"factor", "finger"}, {"finger", "right_index"}});
    };
    terminal.enrol(kAnna, kFace);
    enrol_finger();
    terminal.enrol(kBo, kFace);
    const std::string copy = terminal.backup();
    terminal.enrol(kAnna, kNewFace);
    terminal.restore(copy); // the face is the old one, the finger is right
    CHECK(terminal.reconcile() == std::vector{kAnna});
    terminal.event(record::EventKind::erasure, kAnna, {{"factor", "all"}});
    CHECK(terminal.reconcile().empty()); // no second alarm
    CHECK(terminal.people() == std::vector{kBo});
    CHECK(terminal.gallery->load("finger", "m").value().empty());
    enrol_finger();
    CHECK(terminal.reconcile().empty());
    CHECK(terminal.gallery->load("finger", "m").value().size() == 1);
}

TEST_CASE("F35: a template whose enrolment is not journaled yet, and one whose erasure is not, are no alarm") {
    Terminal terminal;
    terminal.enrol(kBo, kFace);
    StoredTemplate face;
    face.model = "m";
    face.bytes = Bytes(10, 7);
    REQUIRE(terminal.gallery->replace(kAnna, "face", "", {face})); // the power fails here
    CHECK(terminal.reconcile().empty());
    REQUIRE(terminal.gallery->erase(kBo)); // and here
    CHECK(terminal.reconcile().empty());
    CHECK(terminal.people() == std::vector{kAnna});
}

TEST_CASE("F28: a template's position in the journal cannot be edited") {
    Terminal terminal;
    terminal.enrol(kAnna, kFace);
    terminal.gallery.reset();
    {
        auto database = sqlite::Database::open(terminal.path(), sqlite::Mode::read_write_create).value();
        REQUIRE(database.execute("UPDATE template SET after_seq = 99"));
    }
    const auto opened = Gallery::open(terminal.path(), terminal.key, DeviceId("d-1"));
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::denied);
}

TEST_CASE("F28: a refused gallery gives its reason to everybody who asks") {
    const auto gallery = Gallery::refused({ErrorCode::denied, "edited"});
    CHECK(gallery->load("face", "m").error().message == "edited");
    CHECK(gallery->replace(kAnna, "face", "", {}).error().code == ErrorCode::denied);
    CHECK_FALSE(gallery->has_consent(kAnna, "face").has_value());
    CHECK_FALSE(gallery->erase(kAnna).has_value());
}
