#include <set>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "firmware/gallery/migrations.hpp"
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

TEST_CASE("gallery: schema.sql is what the migrations make") {
    const test::TemporaryDirectory directory;
    auto migrated = sqlite::Database::open(directory / "a.db", sqlite::Mode::read_write_create).value();
    REQUIRE(sqlite::migrate(migrated, gallery::migrations()).has_value());
    auto direct = sqlite::Database::open(directory / "b.db", sqlite::Mode::read_write_create).value();
    REQUIRE(direct.execute(read_file("firmware/gallery/schema.sql", 100'000).value()).has_value());
    CHECK(objects_of(migrated).size() == 4);
    CHECK(objects_of(migrated) == objects_of(direct));
}
