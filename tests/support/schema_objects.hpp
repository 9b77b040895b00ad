#pragma once

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/sqlite/sqlite.hpp"
#include "tests/support/temporary_directory.hpp"

/// A room's schema.sql is for readers, its migrations are what runs: both must make the same database.
namespace xueshi::test {

/// Tables, indices and triggers, as they were created.
inline std::set<std::string> objects_of(sqlite::Database &database) {
    auto select = sqlite::Statement::prepare(database, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").value();
    std::set<std::string> objects;
    while (select.step().value()) {
        objects.insert(select.text(0));
    }
    return objects;
}

template <typename Migrations>
void check_schema(const std::filesystem::path &schema, const Migrations &migrations) {
    const TemporaryDirectory directory;
    auto migrated = sqlite::Database::open(directory / "a.db", sqlite::Mode::read_write_create).value();
    REQUIRE(sqlite::migrate(migrated, migrations).has_value());
    auto direct = sqlite::Database::open(directory / "b.db", sqlite::Mode::read_write_create).value();
    REQUIRE(direct.execute(read_file(schema, 100'000).value()).has_value());
    CHECK(objects_of(migrated).size() > 1);
    CHECK(objects_of(migrated) == objects_of(direct));
}

} // namespace xueshi::test
