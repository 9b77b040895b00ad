#include <doctest/doctest.h>

#include "firmware/core/sqlite/sqlite.hpp"
#include "firmware/gallery/gallery.hpp"
#include "firmware/gallery/migrations.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::gallery;

namespace {

const PersonId kAnna("p-anna"), kBo("p-bo");

StoredTemplate face(std::string_view bytes) {
    StoredTemplate stored;
    stored.model = "m";
    stored.bytes.assign(bytes.begin(), bytes.end());
    return stored;
}

class GalleryOfTerms {
public:
    GalleryOfTerms() { open(); }
    void open() { gallery_ = Gallery::open(path(), {1, 2, 3}, DeviceId("d-1")).value(); }
    void close() { gallery_.reset(); }
    void restart() {
        close();
        open();
    }
    sqlite::Database database() const {
        return sqlite::Database::open(path(), sqlite::Mode::read_write_create).value();
    }
    Term term(const PersonId &person) {
        const auto terms = gallery_->terms().value();
        for (const auto &term : terms) {
            if (term.person == person) {
                return term;
            }
        }
        return {};
    }
    Gallery *operator->() { return gallery_.get(); }

private:
    std::filesystem::path path() const { return directory_ / "gallery.db"; }

    test::TemporaryDirectory directory_;
    std::unique_ptr<Gallery> gallery_;
};

} // namespace

TEST_CASE("retention: since when templates are kept is remembered over a restart, and for whom nothing is") {
    GalleryOfTerms gallery;
    CHECK(gallery->terms()->empty());
    REQUIRE(gallery->replace(kAnna, "face", "", {face("one"), face("two")}));
    REQUIRE(gallery->replace(kBo, "face", "", {face("three")}));
    REQUIRE(gallery->set_terms({{kAnna, 1'000}, {PersonId("p-gone"), 5}}));
    REQUIRE(gallery->set_terms({{kAnna, 2'000}}));
    gallery.restart();
    REQUIRE(gallery->terms()->size() == 3);
    CHECK(gallery.term(kAnna).since_ms == 2'000);
    CHECK(gallery.term(kAnna).has_templates);
    CHECK_FALSE(gallery.term(kBo).since_ms);
    CHECK(gallery.term(kBo).has_templates);
    CHECK(gallery.term(PersonId("p-gone")).since_ms == 5);
    CHECK_FALSE(gallery.term(PersonId("p-gone")).has_templates);
    REQUIRE(gallery->forget_term(PersonId("p-gone")));
    CHECK(gallery->terms()->size() == 2);
}

TEST_CASE("retention: an ended term takes templates and the consents to them, owes the reader, and is remembered") {
    GalleryOfTerms gallery;
    auto print = face("page 4");
    print.in_reader = true;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("one")}));
    REQUIRE(gallery->replace(kAnna, "finger", "right_index", {print}));
    REQUIRE(gallery->replace(kBo, "face", "", {face("two")}));
    for (const char *purpose : {"face", "finger", "clips_leave_device"}) {
        REQUIRE(gallery->set_consent(kAnna, purpose, true));
        REQUIRE(gallery->set_consent(kBo, purpose, true));
    }
    REQUIRE(gallery->set_terms({{kAnna, 1'000}, {kBo, 1'000}}));
    REQUIRE(gallery->end_term(kAnna));
    gallery.restart(); // cut off before the journal heard of it
    CHECK(gallery.term(kAnna).ended);
    CHECK_FALSE(gallery.term(kAnna).has_templates);
    CHECK_FALSE(gallery.term(kBo).ended);
    const auto faces = gallery->load("face", "m").value();
    REQUIRE(faces.size() == 1);
    CHECK(faces[0].person == kBo);
    CHECK(gallery->load("finger", "m")->empty());
    CHECK(gallery->owed("m")->size() == 1);
    CHECK_FALSE(gallery->has_consent(kAnna, "face").value());
    CHECK_FALSE(gallery->has_consent(kAnna, "finger").value());
    CHECK(gallery->has_consent(kAnna, "clips_leave_device").value()); // of videos, which have days of their own
    CHECK(gallery->has_consent(kBo, "face").value());
    REQUIRE(gallery->set_terms({{kAnna, 9'000}}));
    CHECK(gallery.term(kAnna).ended);
    REQUIRE(gallery->forget_term(kAnna));
    CHECK(gallery.term(kAnna).person.empty());
}

TEST_CASE("retention: a gallery that remembers terms is still one for the program before") {
    GalleryOfTerms gallery;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("one")}));
    REQUIRE(gallery->set_terms({{kAnna, 1'000}}));
    gallery.close();
    {
        auto database = gallery.database();
        CHECK(sqlite::migrate(database, migrations().first(3)));
        CHECK_FALSE(sqlite::migrate(database, migrations().first(2)));
        // It knows no terms, and its inventory has none: one may as well be missing.
        REQUIRE(database.execute("DELETE FROM term"));
    }
    gallery.open();
    CHECK(gallery->load("face", "m")->size() == 1);
    CHECK_FALSE(gallery.term(kAnna).since_ms);
}
