#include "firmware/terminald/gallery_source.hpp"

#include <doctest/doctest.h>

#include "firmware/core/record/bodies.hpp"
#include "firmware/terminald/continuity.hpp"
#include "tests/support/acknowledged_journal.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

const PersonId kAnna("p-anna"), kBo("p-bo");

/// Journal and gallery of a terminal, which can both be put back.
struct Terminal : test::AcknowledgedJournal {
    identity::SealingKey sealing_key{1, 2, 3};

    OpenedGallery gallery(const std::string &alarm = {}) {
        auto reader = journal::JournalReader::open(state() / "journal.db").value();
        auto ledger = begin_ledger(reader).value();
        const auto fed = reader.visit(0, [&ledger](const record::StoredEvent &, const record::EventBody &body) {
            ledger.feed(body);
            return Expected<void>();
        });
        REQUIRE(fed);
        return open_gallery(state(), sealing_key, writer(), ledger, alarm).value();
    }
    void event(record::EventKind kind, json::Object data) {
        auto written = draft();
        written.kind = kind;
        written.data = std::move(data);
        writer().append(written).value();
    }
    void enrol(const PersonId &person) {
        gallery::StoredTemplate face;
        face.model = "m";
        face.bytes = Bytes(600, 7);
        REQUIRE(gallery().gallery->replace(person, "face", "", {face}));
        record::Enrolment enrolment;
        enrolment.person = person;
        enrolment.factor = "face";
        enrolment.from = "photograph";
        enrolment.samples = 1;
        event(record::EventKind::enrolment, record::to_json(enrolment));
    }
    void erase(const PersonId &person) {
        REQUIRE(gallery().gallery->erase(person));
        event(record::EventKind::erasure, record::to_json(record::Erasure{person, "all", "withdrawn", 0, {}}));
    }
    std::string gallery_file() const { return read_file(state() / "gallery.db", 1U << 24).value(); }
    void put_gallery_back(const std::string &copy) const {
        REQUIRE(write_file_durably(state() / "gallery.db", copy, 0600));
    }
    std::size_t templates() { return gallery().gallery->load("face", "m").value().size(); }
};

} // namespace

TEST_CASE_FIXTURE(Terminal, "F35: templates that came back are named and stay until the journal was told") {
    enrol(kAnna);
    enrol(kBo);
    const auto copy = gallery_file();
    erase(kAnna);
    put_gallery_back(copy);
    const auto opened = gallery();
    CHECK(opened.came_back == std::vector{kAnna});
    CHECK(opened.why == "restored_backup");
    CHECK(opened.gallery->load("face", "m").value().size() == 2); // the power may fail here: the next start sees them
    REQUIRE(opened.gallery->erase(kAnna));
    CHECK(opened.gallery->people_with_wrong([](const auto &) { return true; }).value().empty());
}

TEST_CASE_FIXTURE(Terminal, "F35: journal and gallery put back together: all templates are erased") {
    enrol(kAnna);
    enrol(kBo);
    const auto journal = take_copy();
    const auto gallery_copy = gallery_file();
    erase(kAnna);
    acknowledge();
    put_back(journal);
    put_gallery_back(gallery_copy);
    REQUIRE(restore_continuity(state(), sync(), key()));
    open();
    const auto how = continuity_of(state(), sync()).value();
    CHECK(how.alarm == "rolled_back");
    {
        const auto opened = gallery(how.alarm);
        CHECK(opened.came_back == std::vector{kAnna, kBo});
        CHECK(opened.why == "journal_rolled_back");
    }
    auto boot = how.boot;
    boot.program = "test";
    event(record::EventKind::boot, record::to_json(boot)); // and here the power fails: the next start is as any
    close();
    open();
    CHECK(continuity_of(state(), sync()).value().alarm.empty());
    CHECK(gallery().came_back == std::vector{kAnna, kBo});
    CHECK(templates() == 2);
    erase(kAnna);
    erase(kBo);
    CHECK(gallery().came_back.empty());
    enrol(kBo);
    CHECK(gallery().came_back.empty());
    CHECK(templates() == 1);
}

TEST_CASE_FIXTURE(Terminal, "F28: an edited gallery is refused, and the terminal goes on without it") {
    enrol(kAnna);
    {
        auto database = sqlite::Database::open(state() / "gallery.db", sqlite::Mode::read_write_create).value();
        REQUIRE(database.execute("UPDATE template SET person = 'p-bo'"));
    }
    const auto opened = gallery();
    CHECK(opened.gallery->load("face", "m").error().code == ErrorCode::denied);
    CHECK(opened.came_back.empty());
}
