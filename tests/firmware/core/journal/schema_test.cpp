#include <set>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/journal/migrations.hpp"
#include "firmware/core/journal/verify.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;

namespace {

std::set<std::string> objects_of(sqlite::Database &database) {
    auto select = sqlite::Statement::prepare(database, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").value();
    std::set<std::string> objects;
    while (select.step().value()) {
        objects.insert(select.text(0));
    }
    return objects;
}

} // namespace

TEST_CASE("journal: schema.sql is what the migrations make") {
    const test::TemporaryDirectory directory;
    auto migrated = sqlite::Database::open(directory / "a.db", sqlite::Mode::read_write_create).value();
    REQUIRE(sqlite::migrate(migrated, journal::migrations()).has_value());
    auto direct = sqlite::Database::open(directory / "b.db", sqlite::Mode::read_write_create).value();
    REQUIRE(direct.execute(read_file("firmware/core/journal/schema.sql", 100'000).value()).has_value());
    CHECK(objects_of(migrated).size() == 4);
    CHECK(objects_of(migrated) == objects_of(direct));
}

TEST_CASE("journal: a file that version 1 wrote is opened and holds") {
    const test::TemporaryDirectory directory;
    std::filesystem::copy_file("tests/data/journal_v1.db", directory / "journal.db");
    // A copy has no -wal and -shm; a reader that may not make them needs somebody who has.
    auto database = sqlite::Database::open(directory / "journal.db", sqlite::Mode::read_write_create).value();
    REQUIRE(sqlite::migrate(database, journal::migrations()).has_value());
    REQUIRE(objects_of(database).size() == 4);
    const auto verification = journal::verify_journal(directory / "journal.db");
    REQUIRE(verification.has_value());
    CHECK_FALSE(verification->first_bad.has_value());
    CHECK(verification->head.seq == 3);
    CHECK(hex(verification->head.hash) == "eadf8f034327a6e583c46d4bac1157db6407183ead3ac5a7a1b031386bf880eb");
}
