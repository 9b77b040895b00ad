#include "firmware/gallery/gallery.hpp"

#include <sys/stat.h>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::gallery;

namespace {

const PersonId kAnna("p-anna");
const PersonId kBo("p-bo");

StoredTemplate face(std::string_view bytes, std::string model = "model-a") {
    StoredTemplate stored;
    stored.model = std::move(model);
    stored.bytes.assign(bytes.begin(), bytes.end());
    return stored;
}

class GalleryOnDisk {
public:
    GalleryOnDisk() { open(); }
    void open() { gallery_ = try_open().value(); }
    Expected<std::unique_ptr<Gallery>> try_open(const DeviceId &device = DeviceId("d-1")) {
        return Gallery::open(path(), key_, device);
    }
    void close() { gallery_.reset(); }
    void tamper(const std::string &sql) {
        close();
        auto database = sqlite::Database::open(path(), sqlite::Mode::read_write_create).value();
        REQUIRE(database.execute(sql).has_value());
    }
    std::string raw() const {
        std::string all;
        for (const auto &entry : std::filesystem::directory_iterator(directory_.path())) {
            all += read_file(entry.path(), 64U << 20).value();
        }
        return all;
    }
    Bytes sealed(const PersonId &person) {
        close();
        auto database = sqlite::Database::open(path(), sqlite::Mode::read_only).value();
        auto select = sqlite::Statement::prepare(database, "SELECT sealed FROM template WHERE person = ?").value();
        REQUIRE(select.bind(1, person.str()).step().value());
        return select.blob(0);
    }
    /// How many pieces of a sealed row lie in the database, its log and free pages: overflow pages hold it in pieces.
    std::size_t pieces_of(const Bytes &sealed) const {
        const std::string there = raw();
        std::size_t found = 0;
        for (std::size_t at = 0; at + 32 <= sealed.size(); at += 32) {
            found += there.find(as_text(sealed).substr(at, 32)) != std::string::npos ? 1 : 0;
        }
        return found;
    }
    std::filesystem::path path() const { return directory_ / "gallery.db"; }
    const test::TemporaryDirectory &directory() const { return directory_; }
    Gallery *operator->() { return gallery_.get(); }

private:
    test::TemporaryDirectory directory_;
    identity::SealingKey key_{1, 2, 3};
    std::unique_ptr<Gallery> gallery_;
};

} // namespace

TEST_CASE("gallery: templates are replaced whole and loaded by factor and model") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("one"), face("two")}).has_value());
    REQUIRE(gallery->replace(kBo, "face", "", {face("three"), face("old", "model-b")}).has_value());
    REQUIRE(gallery->replace(kAnna, "finger", "right_index", {face("f1", "mcc")}).has_value());
    REQUIRE(gallery->replace(kAnna, "finger", "left_index", {face("f2", "mcc")}).has_value());
    CHECK(gallery->load("face", "model-a")->size() == 3);
    CHECK(gallery->load("face", "model-b")->size() == 1);
    CHECK(gallery->load("finger", "mcc")->size() == 2);
    REQUIRE(gallery->replace(kAnna, "face", "", {face("four")}).has_value());
    gallery.close();
    gallery.open();
    const auto faces = gallery->load("face", "model-a").value();
    REQUIRE(faces.size() == 2);
    CHECK(faces[0].person == kBo);
    CHECK(as_text(faces[1].bytes) == "four");
    CHECK(gallery->load("finger", "mcc")->front().finger == "right_index");
}

TEST_CASE("F28: whoever has templates of another model only is named, to be enrolled again") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("old", "model-a")}));
    REQUIRE(gallery->replace(kBo, "face", "", {face("new", "model-b")}));
    CHECK(gallery->outdated("face", "model-b").value() == std::vector{kAnna});
    CHECK(gallery->load("face", "model-b").value().size() == 1);
    CHECK(gallery->outdated("finger", "model-b").value().empty());
    REQUIRE(gallery->replace(kAnna, "face", "", {face("new", "model-b")}));
    CHECK(gallery->outdated("face", "model-b").value().empty());
}

TEST_CASE("gallery: templates are sealed on the disk, and its files are for the owner only") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("plainly-readable-template")}).has_value());
    CHECK(gallery.raw().find("plainly-readable-template") == std::string::npos);
    for (const auto &entry : std::filesystem::directory_iterator(gallery.directory().path())) {
        struct stat status{};
        REQUIRE(::stat(entry.path().c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600);
    }
    gallery.close();
    REQUIRE(::chmod(gallery.path().c_str(), 0640) == 0);
    CHECK(gallery.try_open().error().code == ErrorCode::denied);
}

TEST_CASE("F35: an erased template is gone from database, log and free pages") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->set_consent(kAnna, "face", true).has_value());
    REQUIRE(gallery->replace(kBo, "face", "", {face(std::string(5'000, 'b'))}).has_value());
    REQUIRE(gallery->replace(kAnna, "face", "", {face(std::string(9'000, 'a')), face("short")}).has_value());
    const Bytes sealed = gallery.sealed(kAnna);
    gallery.open();
    CHECK(gallery.pieces_of(sealed) > 200);
    REQUIRE(gallery->erase(kAnna).has_value());
    CHECK(gallery.pieces_of(sealed) == 0);
    CHECK(gallery->load("face", "model-a")->size() == 1);
    CHECK(gallery->erase(kAnna).has_value()); // again: nothing to do
    gallery.close();
    CHECK(gallery.pieces_of(sealed) == 0);
}

TEST_CASE("F35: a replaced template is gone as well") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("first")}).has_value());
    const Bytes sealed = gallery.sealed(kAnna);
    gallery.open();
    REQUIRE(gallery->replace(kAnna, "face", "", {face("second")}).has_value());
    CHECK(gallery.raw().find(as_text(sealed)) == std::string::npos);
}

TEST_CASE("F35: one finger erased is gone from database, log and free pages, the person's others stay") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "finger", "right_index", {face(std::string(3'000, 'r'), "minutiae-1")}));
    const Bytes sealed = gallery.sealed(kAnna);
    gallery.open();
    REQUIRE(gallery->replace(kAnna, "finger", "left_index", {face("left", "minutiae-1")}));
    REQUIRE(gallery->replace(kAnna, "face", "", {face("anna")}));
    REQUIRE(gallery.pieces_of(sealed) > 50);
    REQUIRE(gallery->replace(kAnna, "finger", "right_index", {}));
    CHECK(gallery.pieces_of(sealed) == 0);
    const auto left = gallery->load("finger", "minutiae-1").value();
    REQUIRE(left.size() == 1);
    CHECK(left[0].finger == "left_index");
    CHECK(gallery->load("face", "model-a")->size() == 1);
}

TEST_CASE("F35: all fingers erased at once are gone from database, log and free pages, the face stays") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "finger", "right_index", {face(std::string(3'000, 'r'), "minutiae-1")}));
    const Bytes sealed = gallery.sealed(kAnna);
    gallery.open();
    REQUIRE(gallery->replace(kAnna, "finger", "left_index", {face("left", "minutiae-2")}));
    REQUIRE(gallery->replace(kAnna, "face", "", {face("anna")}));
    REQUIRE(gallery->replace(kBo, "finger", "left_index", {face("bo", "minutiae-1")}));
    REQUIRE(gallery.pieces_of(sealed) > 50);
    REQUIRE(gallery->erase(kAnna, "finger"));
    CHECK(gallery.pieces_of(sealed) == 0);
    const auto left = gallery->list("finger").value();
    REQUIRE(left.size() == 1);
    CHECK(left[0].person == kBo);
    gallery.close();
    gallery.open();
    CHECK(gallery->load("face", "model-a")->size() == 1); // the inventory is that of what is left
}

TEST_CASE("F28: templates edited, moved, removed or put back are refused") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("anna")}).has_value());
    REQUIRE(gallery->replace(kBo, "face", "", {face("bo")}).has_value());
    REQUIRE(gallery->set_consent(kBo, "face", false).has_value());
    std::string sql;
    SUBCASE("two rows exchanged") {
        sql = "UPDATE template SET person = CASE person WHEN 'p-anna' THEN 'p-bo' ELSE 'p-anna' END";
    }
    SUBCASE("a byte edited") {
        sql = "UPDATE template SET sealed = zeroblob(40) WHERE person = 'p-bo'";
    }
    SUBCASE("hidden under another model") {
        sql = "UPDATE template SET model = 'x' WHERE person = 'p-bo'";
    }
    SUBCASE("removed") {
        sql = "DELETE FROM template WHERE person = 'p-bo'";
    }
    SUBCASE("doubled") {
        sql = "INSERT INTO template(person, factor, finger, model, sealed) SELECT person, factor, finger, model, "
              "sealed FROM template WHERE person = 'p-bo'";
    }
    SUBCASE("consent given by somebody else") {
        sql = "UPDATE consent SET given = 1";
    }
    SUBCASE("inventory removed") {
        sql = "DELETE FROM inventory";
    }
    gallery.tamper(sql);
    const auto opened = gallery.try_open();
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::denied);
}

TEST_CASE("F28: a bit flipped in the file is refused with the number of its row") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("anna")}).has_value());
    const auto number = gallery->load("face", "model-a")->front().number;
    const Bytes sealed = gallery.sealed(kAnna);
    std::string content = read_file(gallery.path(), 1U << 20).value();
    const auto at = content.find(as_text(sealed));
    REQUIRE(at != std::string::npos);
    content[at + 20] = static_cast<char>(content[at + 20] ^ 1);
    REQUIRE(write_file_durably(gallery.path(), content, 0600).has_value());
    const auto opened = gallery.try_open();
    CHECK(opened.error().code == ErrorCode::denied);
    CHECK(opened.error().message.find(std::to_string(number)) != std::string::npos);
}

TEST_CASE("F28: a gallery of another device or another key is refused") {
    GalleryOnDisk gallery;
    REQUIRE(gallery->replace(kAnna, "face", "", {face("anna")}).has_value());
    gallery.close();
    CHECK(gallery.try_open(DeviceId("d-2")).error().code == ErrorCode::denied);
    CHECK(Gallery::open(gallery.path(), identity::SealingKey{9}, DeviceId("d-1")).error().code == ErrorCode::denied);
    CHECK(gallery.try_open().has_value());
}

TEST_CASE("gallery: no consent until it was given, none after it was withdrawn") {
    GalleryOnDisk gallery;
    CHECK_FALSE(gallery->has_consent(kAnna, "face").value());
    REQUIRE(gallery->set_consent(kAnna, "face", true).has_value());
    CHECK(gallery->has_consent(kAnna, "face").value());
    CHECK_FALSE(gallery->has_consent(kAnna, "finger").value());
    CHECK_FALSE(gallery->has_consent(kBo, "face").value());
    REQUIRE(gallery->set_consent(kAnna, "face", false).has_value());
    gallery.close();
    gallery.open();
    CHECK_FALSE(gallery->has_consent(kAnna, "face").value());
}

TEST_CASE("gallery: names and templates outside their limits are refused") {
    GalleryOnDisk gallery;
    CHECK_FALSE(gallery->replace(PersonId(), "face", "", {face("x")}).has_value());
    CHECK_FALSE(gallery->replace(PersonId("a|b"), "face", "", {face("x")}).has_value());
    CHECK_FALSE(gallery->replace(kAnna, "iris", "", {face("x")}).has_value());
    CHECK_FALSE(gallery->replace(kAnna, "finger", "", {face("x")}).has_value());
    CHECK_FALSE(gallery->replace(kAnna, "face", "right_index", {face("x")}).has_value());
    CHECK_FALSE(gallery->replace(kAnna, "face", "", {face("")}).has_value());
    CHECK_FALSE(gallery->replace(kAnna, "face", "", std::vector<StoredTemplate>(33, face("x"))).has_value());
    CHECK_FALSE(gallery->set_consent(kAnna, "", true).has_value());
    CHECK(gallery->load("face", "model-a")->empty());
}

TEST_CASE("gallery: one program at a time") {
    GalleryOnDisk gallery;
    CHECK(gallery.try_open().error().code == ErrorCode::conflict);
}
