#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "firmware/gallery/gallery.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::gallery;

namespace {

const PersonId kAnna("p-anna"), kBo("p-bo");
const std::string kModule = "uart-module-1", kOther = "uart-module-2";

StoredTemplate print(const PersonId &person, const std::string &finger, std::string_view bytes,
                     const std::string &model = kModule) {
    StoredTemplate stored;
    stored.person = person;
    stored.finger = finger;
    stored.model = model;
    stored.bytes.assign(bytes.begin(), bytes.end());
    return stored;
}

class GalleryOfPrints {
public:
    GalleryOfPrints() { open(); }
    void open() { gallery_ = try_open().value(); }
    Expected<std::unique_ptr<Gallery>> try_open() const { return Gallery::open(path(), key_, DeviceId("d-1")); }
    void tamper(const std::string &sql) {
        gallery_.reset();
        auto database = sqlite::Database::open(path(), sqlite::Mode::read_write_create).value();
        REQUIRE(database.execute(sql));
    }
    void restart() {
        gallery_.reset();
        open();
    }
    /// As an enrolment does it: owed first, then kept.
    void enrol(const StoredTemplate &taken) {
        const auto debt = gallery_->owe(taken);
        REQUIRE(debt);
        REQUIRE(gallery_->keep(*debt));
    }
    std::vector<std::string> owed(const std::string &model) {
        std::vector<std::string> texts;
        const auto debts = gallery_->owed(model).value();
        for (const StoredTemplate &debt : debts) {
            texts.push_back(debt.person.str() + " " + std::string(as_text(debt.bytes)));
        }
        return texts;
    }
    Gallery *operator->() { return gallery_.get(); }

private:
    std::filesystem::path path() const { return directory_ / "gallery.db"; }

    test::TemporaryDirectory directory_;
    identity::SealingKey key_{1, 2, 3};
    std::unique_ptr<Gallery> gallery_;
};

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("gallery: a print that a reader took is owed until it is somebody's template") {
    GalleryOfPrints gallery;
    const auto debt = gallery->owe(print(kAnna, "right_index", "page 4"));
    REQUIRE(debt);
    gallery.restart(); // cut off in the middle of an enrolment
    CHECK(gallery.owed(kModule) == Texts{"p-anna page 4"});
    CHECK(gallery->load("finger", kModule)->empty());
    REQUIRE(gallery->keep(*debt));
    gallery.restart();
    CHECK(gallery.owed("").empty());
    const auto kept = gallery->load("finger", kModule).value();
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].in_reader);
    CHECK(kept[0].finger == "right_index");
    CHECK(as_text(kept[0].bytes) == "page 4");
    CHECK(gallery->keep(*debt).error().code == ErrorCode::not_found);
}

TEST_CASE("F35: an enrolled print becomes its own person's template, whatever else is owed") {
    GalleryOfPrints gallery;
    REQUIRE(gallery->owe(print(kAnna, "right_index", "page 1", kOther))); // withdrawn; its reader is not here
    const auto bo = gallery->owe(print(kBo, "right_index", "page 1"));
    const auto anna = gallery->owe(print(kAnna, "left_index", "page 2"));
    REQUIRE(bo);
    REQUIRE(anna);
    REQUIRE(gallery->keep(*bo));
    const auto kept = gallery->list("finger").value();
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].person == kBo);
    CHECK(gallery.owed("") == Texts{"p-anna page 1", "p-anna page 2"});
    REQUIRE(gallery->settle(*anna));
    CHECK(gallery.owed("") == Texts{"p-anna page 1"});
}

TEST_CASE("gallery: whatever erases a print that lies in a reader leaves it owed there, until it is settled") {
    GalleryOfPrints gallery;
    gallery.enrol(print(kAnna, "right_index", "page 1"));
    gallery.enrol(print(kAnna, "left_index", "page 2", kOther));
    gallery.enrol(print(kBo, "right_index", "page 3"));
    StoredTemplate here;
    here.model = "minutiae-1";
    here.bytes = Bytes(20, 7);
    SUBCASE("the person is erased") {
        REQUIRE(gallery->replace(kAnna, "finger", "right_thumb", {here}));
        REQUIRE(gallery->erase(kAnna));
        CHECK(gallery.owed("") == Texts{"p-anna page 1", "p-anna page 2"});
        CHECK(gallery.owed(kOther) == Texts{"p-anna page 2"});
    }
    SUBCASE("the finger is enrolled with another reader") {
        REQUIRE(gallery->replace(kAnna, "finger", "right_index", {here}));
        CHECK(gallery.owed("") == Texts{"p-anna page 1"});
    }
    SUBCASE("the finger is enrolled again with the same reader") {
        gallery.enrol(print(kAnna, "right_index", "page 9"));
        CHECK(gallery.owed("") == Texts{"p-anna page 1"});
    }
    gallery.restart();
    const auto debts = gallery->owed("").value();
    REQUIRE_FALSE(debts.empty());
    for (const StoredTemplate &debt : debts) {
        REQUIRE(gallery->settle(debt.number));
    }
    gallery.restart();
    CHECK(gallery.owed("").empty());
    CHECK(gallery->load("finger", kModule)->front().person == kBo);
}

TEST_CASE("F28: a debt to a reader cannot be struck out or moved to another person") {
    GalleryOfPrints gallery;
    gallery.enrol(print(kAnna, "right_index", "page 1"));
    gallery.enrol(print(kBo, "right_index", "page 3"));
    REQUIRE(gallery->erase(kAnna));
    std::string sql;
    SUBCASE("struck out") {
        sql = "DELETE FROM owed";
    }
    SUBCASE("moved") {
        sql = "UPDATE owed SET person = 'p-bo'";
    }
    SUBCASE("a print said to lie here, so that its erasure is never owed") {
        sql = "UPDATE template SET in_reader = 0";
    }
    gallery.tamper(sql);
    const auto opened = gallery.try_open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::denied);
}

TEST_CASE("gallery: all templates of a factor are listed, of whatever model, so that fingers can be counted") {
    GalleryOfPrints gallery;
    gallery.enrol(print(kAnna, "right_index", "page 1"));
    gallery.enrol(print(kAnna, "left_index", "page 2", kOther));
    StoredTemplate face;
    face.model = "m";
    face.bytes = Bytes(20, 7);
    REQUIRE(gallery->replace(kAnna, "face", "", {face}));
    const auto fingers = gallery->list("finger").value();
    REQUIRE(fingers.size() == 2);
    CHECK(fingers[0].model == kModule);
    CHECK(fingers[1].model == kOther);
    CHECK(fingers[0].bytes.empty());
}
