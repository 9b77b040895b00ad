#include "firmware/core/journal/reader.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "tests/support/journal_on_disk.hpp"

using namespace xueshi;
using namespace xueshi::journal;

TEST_CASE("reader: a journal that is not there yet is unavailable") {
    const test::TemporaryDirectory directory;
    CHECK(JournalReader::open(directory / "journal.db").error().code == ErrorCode::unavailable);
    REQUIRE(write_file_durably(directory / "journal.db", "").has_value());
    CHECK(JournalReader::open(directory / "journal.db").error().code == ErrorCode::unavailable);
}

TEST_CASE("reader: what is no journal is corrupt, and a newer journal unsupported") {
    test::JournalOnDisk disk;
    REQUIRE(write_file_durably(disk.directory() / "x.db", std::string(8192, 'x')).has_value());
    CHECK(JournalReader::open(disk.directory() / "x.db").error().code == ErrorCode::corrupt);
    disk.migrate_to_next_version("CREATE TABLE added(i INTEGER)");
    CHECK(JournalReader::open(disk.path()).error().code == ErrorCode::unsupported);
    CHECK(disk.try_open().error().code == ErrorCode::unsupported);
}

TEST_CASE("reader: an empty journal has head 0") {
    test::JournalOnDisk disk;
    auto reader = JournalReader::open(disk.path()).value();
    CHECK(reader.head()->seq == 0);
    CHECK(reader.head()->hash == Sha256{});
    CHECK(reader.read(0, 10)->empty());
    CHECK(reader.description().device == disk.writer().description().device);
}

TEST_CASE("reader: batches by count and by bytes, at least one event, in order") {
    test::JournalOnDisk disk;
    disk.fill(10);
    auto reader = JournalReader::open(disk.path()).value();
    CHECK(reader.read(0, 3)->size() == 3);
    CHECK(reader.read(3, 100)->front().seq == 4);
    CHECK(reader.read(3, 100)->size() == 7);
    CHECK(reader.read(10, 100)->empty());
    CHECK(reader.read(0, 100, 1)->size() == 1);
    const std::size_t body = reader.read(0, 1)->front().body.size();
    CHECK(reader.read(0, 100, body * 3)->size() == 3);
}

TEST_CASE("reader: an event is found by its id") {
    test::JournalOnDisk disk;
    disk.fill(2);
    const record::EventDraft draft = disk.draft(7);
    disk.writer().append(draft).value();
    auto reader = JournalReader::open(disk.path()).value();
    const auto found = reader.find(draft.id).value();
    REQUIRE(found.has_value());
    CHECK(found->seq == 3);
    CHECK_FALSE(reader.find(Uuid::v4())->has_value());
}

TEST_CASE("F05: columns that differ from the body, or a missing event, are corrupt and never no rows") {
    test::JournalOnDisk disk;
    disk.fill(5);
    std::string what;
    SUBCASE("kind") {
        what = "UPDATE event SET kind = 'punch' WHERE seq = 3";
    }
    SUBCASE("id") {
        what = "UPDATE event SET id = zeroblob(16) WHERE seq = 3";
    }
    SUBCASE("body") {
        what = "UPDATE event SET body = 'x' WHERE seq = 3";
    }
    SUBCASE("missing") {
        what = "DELETE FROM event WHERE seq = 3";
    }
    disk.tamper(what);
    auto reader = JournalReader::open(disk.path()).value();
    CHECK(reader.read(0, 10)->size() == 2); // the good ones go on their way
    const auto bad = reader.read(2, 10);
    CHECK(bad.error().code == ErrorCode::corrupt);
    CHECK(bad.error().message.find("event 3") != std::string::npos);
    std::vector<record::Sequence> shown;
    const auto end = reader.visit(0, [&](const auto &event, const auto &) {
        shown.push_back(event.seq);
        return Expected<void>();
    });
    CHECK(shown == std::vector<record::Sequence>{1, 2});
    CHECK(end.error().code == ErrorCode::corrupt);
    CHECK(end.error().message.find("event 3") != std::string::npos);
}

TEST_CASE("reader: a visit is shown every event behind a seq with its body, page after page, until it is told to end") {
    test::JournalOnDisk disk;
    disk.fill(1'100); // more than a page
    auto reader = JournalReader::open(disk.path()).value();
    record::Sequence before = 7;
    const auto whole = reader.visit(before, [&](const auto &event, const auto &body) {
        CHECK(event.seq == ++before);
        CHECK(body.seq == event.seq);
        CHECK(body.id == event.id);
        return Expected<void>();
    });
    CHECK(whole.has_value());
    CHECK(before == 1'100);
    const auto ended = reader.visit(0, [](const auto &event, const auto &) {
        return event.seq < 3 ? Expected<void>() : fail(ErrorCode::io, "no more");
    });
    CHECK(ended.error().message == "no more");
}

TEST_CASE("F05: a zeroed page is an error and never no rows") {
    test::JournalOnDisk disk;
    disk.fill(60);
    REQUIRE(disk.writer().checkpoint().has_value());
    disk.close();
    // All but the first page, which says what the tables are.
    const auto size = std::filesystem::file_size(disk.path());
    std::string content = read_file(disk.path(), size).value();
    REQUIRE(size > 4096 * 4);
    std::fill(content.begin() + 4096, content.end(), '\0');
    REQUIRE(write_file_durably(disk.path(), content).has_value());
    std::filesystem::resize_file(disk.path().string() + "-wal", 0);
    auto reader = JournalReader::open(disk.path());
    CHECK((!reader.has_value() || !reader->read(0, 100).has_value()));
    CHECK_FALSE(disk.try_open().has_value());
}

TEST_CASE("reader: another user of the group reads while the writer is there and after it ended") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: needs root to become another user");
        return;
    }
    constexpr unsigned kNobody = 65534;
    test::JournalOnDisk disk;
    disk.close();
    for (const char *suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(disk.path().string() + suffix);
    }
    REQUIRE(::chown(disk.directory().path().c_str(), 0, kNobody) == 0);
    REQUIRE(::chmod(disk.directory().path().c_str(), 02750) == 0);
    disk.open();
    disk.fill(2);
    const auto read_as_nobody = [&] {
        const pid_t child = ::fork();
        if (child == 0) {
            const bool other = ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
            auto reader = JournalReader::open(disk.path());
            const auto events = reader ? reader->read(0, 10) : fail(reader, "");
            ::_exit(other && events ? static_cast<int>(events->size()) : 99);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WEXITSTATUS(status);
    };
    CHECK(read_as_nobody() == 2);
    disk.close();
    CHECK(read_as_nobody() == 2);
}
