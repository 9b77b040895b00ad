#include <doctest/doctest.h>

#include "firmware/core/journal/migrations.hpp"
#include "firmware/core/journal/verify.hpp"
#include "tests/support/schema_objects.hpp"

using namespace xueshi;

TEST_CASE("journal: schema.sql is what the migrations make") {
    test::check_schema("firmware/core/journal/schema.sql", journal::migrations());
}

TEST_CASE("journal: a file that version 1 wrote is opened and holds") {
    const test::TemporaryDirectory directory;
    std::filesystem::copy_file("tests/data/journal_v1.db", directory / "journal.db");
    // A copy has no -wal and -shm; a reader that may not make them needs somebody who has.
    auto database = sqlite::Database::open(directory / "journal.db", sqlite::Mode::read_write_create).value();
    REQUIRE(sqlite::migrate(database, journal::migrations()).has_value());
    REQUIRE(test::objects_of(database).size() == 10);
    const auto verification = journal::verify_journal(directory / "journal.db");
    REQUIRE(verification.has_value());
    CHECK_FALSE(verification->first_bad.has_value());
    CHECK(verification->head.seq == 3);
    CHECK(hex(verification->head.hash) == "eadf8f034327a6e583c46d4bac1157db6407183ead3ac5a7a1b031386bf880eb");
}
