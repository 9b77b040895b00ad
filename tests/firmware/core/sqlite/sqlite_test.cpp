#include "firmware/core/sqlite/sqlite.hpp"

#include <array>
#include <limits>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::sqlite;

namespace {

Database open(const std::filesystem::path &path) {
    auto database = Database::open(path, Mode::read_write_create);
    REQUIRE_MESSAGE(database.has_value(), (database ? "" : database.error().message));
    return std::move(*database);
}

std::int64_t count(Database &database, std::string_view table) {
    auto statement = Statement::prepare(database, "SELECT count(*) FROM " + std::string(table)).value();
    REQUIRE(statement.step().value());
    return statement.integer(0);
}

} // namespace

TEST_CASE("sqlite: what is bound is read back, whatever bytes it holds") {
    const test::TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    REQUIRE(database.execute("CREATE TABLE t(i INTEGER, s TEXT, b BLOB, n TEXT)").has_value());
    auto insert = Statement::prepare(database, "INSERT INTO t VALUES(?, ?, ?, ?)").value();
    const std::string text("'; DROP TABLE t; --\0\u5f20", 24);
    const Bytes blob{0, 1, 255};
    insert.bind(1, std::numeric_limits<std::int64_t>::min()).bind(2, text).bind(3, ByteView(blob)).bind_null(4);
    REQUIRE(insert.run().has_value());
    insert.bind(1, std::int64_t{1}).bind(2, std::string_view()).bind(3, ByteView()).bind_null(4);
    REQUIRE(insert.run().has_value());
    auto select = Statement::prepare(database, "SELECT i, s, b, n FROM t ORDER BY rowid").value();
    REQUIRE(select.step().value());
    CHECK(select.integer(0) == std::numeric_limits<std::int64_t>::min());
    CHECK(select.text(1) == text);
    CHECK(select.blob(2) == blob);
    CHECK(select.is_null(3));
    REQUIRE(select.step().value());
    CHECK_FALSE(select.is_null(1));
    CHECK_FALSE(select.is_null(2));
    CHECK(select.text(1).empty());
    CHECK_FALSE(select.step().value());
}

TEST_CASE("sqlite: errors say what kind they are") {
    const test::TemporaryDirectory directory;
    CHECK(Database::open(directory / "none.db", Mode::read_only).error().code == ErrorCode::unavailable);
    Database database = open(directory / "a.db");
    REQUIRE(database.execute("CREATE TABLE t(i INTEGER PRIMARY KEY)").has_value());
    CHECK_FALSE(database.execute("CREATE NONSENSE").has_value());
    CHECK(database.execute("INSERT INTO t VALUES(1); INSERT INTO t VALUES(1)").error().code == ErrorCode::conflict);
    CHECK_FALSE(Statement::prepare(database, "SELECT 1; SELECT 2").has_value());
    CHECK_FALSE(Statement::prepare(database, "").has_value());
    auto statement = Statement::prepare(database, "SELECT ?").value();
    CHECK_FALSE(statement.bind(2, std::int64_t{1}).step().has_value());
    Database reader = Database::open(directory / "a.db", Mode::read_only).value();
    CHECK(reader.execute("INSERT INTO t VALUES(2)").error().code == ErrorCode::denied);
    REQUIRE(write_file_durably(directory / "bad.db", std::string(8192, 'x')).has_value());
    Database bad = open(directory / "bad.db");
    CHECK(bad.execute("CREATE TABLE t(i)").error().code == ErrorCode::corrupt);
}

TEST_CASE("sqlite: a text in double quotes is an error, never a silent string") {
    const test::TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    REQUIRE(database.execute("CREATE TABLE t(name TEXT)").has_value());
    CHECK_FALSE(Statement::prepare(database, "SELECT * FROM t WHERE nam = \"x\"").has_value());
    CHECK_FALSE(Statement::prepare(database, "SELECT * FROM t WHERE name = \"x\"").has_value());
}

TEST_CASE("sqlite: a transaction that is not committed leaves nothing") {
    const test::TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    REQUIRE(database.execute("CREATE TABLE t(i INTEGER)").has_value());
    {
        auto transaction = Transaction::begin(database).value();
        REQUIRE(database.execute("INSERT INTO t VALUES(1)").has_value());
    }
    CHECK(count(database, "t") == 0);
    {
        auto transaction = Transaction::begin(database).value();
        REQUIRE(database.execute("INSERT INTO t VALUES(1)").has_value());
        CHECK_FALSE(Transaction::begin(database).has_value());
        CHECK(transaction.commit().has_value());
    }
    CHECK(count(database, "t") == 1);
}

TEST_CASE("sqlite: migrations run once each, whole or not at all; a newer database is refused") {
    const test::TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    const std::array<std::string_view, 2> two{"CREATE TABLE a(i INTEGER)", "CREATE TABLE b(i INTEGER)"};
    REQUIRE(migrate(database, std::span(two).first(1)).has_value());
    REQUIRE(database.execute("INSERT INTO a VALUES(1)").has_value());
    REQUIRE(migrate(database, two).has_value());
    REQUIRE(migrate(database, two).has_value());
    CHECK(count(database, "a") == 1);
    CHECK(count(database, "b") == 0);
    const std::array<std::string_view, 3> bad{two[0], two[1], "CREATE TABLE c(i INTEGER); CREATE NONSENSE"};
    CHECK(migrate(database, bad).error().message.find("migration 3") != std::string::npos);
    CHECK_FALSE(Statement::prepare(database, "SELECT * FROM c").has_value());
    CHECK(migrate(database, std::span(two).first(1)).error().code == ErrorCode::unsupported);
}

TEST_CASE("F29: after an update that is taken back, the older program uses what the newer one only added to") {
    const test::TemporaryDirectory directory;
    Database database = open(directory / "a.db");
    const std::string_view older = "CREATE TABLE a(i INTEGER)";
    SUBCASE("it says from which version on programs may use it") {
        const std::array<std::string_view, 2> newer{older, "CREATE TABLE b(i INTEGER); PRAGMA application_id = 1"};
        REQUIRE(migrate(database, newer).has_value());
        CHECK(migrate(database, std::span(newer).first(1)).has_value());
        CHECK(usable_version(database, 1).value() == 2);
        CHECK(usable_version(database, 0).error().code == ErrorCode::unsupported);
    }
    SUBCASE("it says nothing: the older program may do harm") {
        const std::array<std::string_view, 2> newer{older, "ALTER TABLE a ADD COLUMN must_agree INTEGER"};
        REQUIRE(migrate(database, newer).has_value());
        CHECK(migrate(database, std::span(newer).first(1)).error().code == ErrorCode::unsupported);
    }
    SUBCASE("a later one that says nothing shuts out who knew an earlier one") {
        const std::array<std::string_view, 3> newest{older, "CREATE TABLE b(i INTEGER); PRAGMA application_id = 1",
                                                     "DROP TABLE a"};
        REQUIRE(migrate(database, newest).has_value());
        CHECK(usable_version(database, 2).error().code == ErrorCode::unsupported);
    }
    SUBCASE("written before there was such a number") {
        REQUIRE(migrate(database, std::array{older}).has_value());
        REQUIRE(database.execute("PRAGMA application_id = 0; PRAGMA user_version = 2").has_value());
        CHECK(usable_version(database, 1).error().code == ErrorCode::unsupported);
    }
}
