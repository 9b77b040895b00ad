#include <doctest/doctest.h>

#include "firmware/core/journal/verify.hpp"
#include "firmware/core/journal/writer/writer.hpp"
#include "tests/support/faulty_vfs.hpp"
#include "tests/support/journal_on_disk.hpp"

using namespace xueshi;
using namespace xueshi::journal;
using test::FaultyVfs;

namespace {

FaultyVfs::Hook fail_times(int times, FaultyVfs::Operation which, int code) {
    return [=](FaultyVfs::Operation operation, std::string_view) mutable {
        return operation == which && times > 0 && times-- > 0 ? code : SQLITE_OK;
    };
}

void check_whole(const test::JournalOnDisk &disk, record::Sequence head) {
    const auto verification = verify_journal(disk.path());
    REQUIRE(verification.has_value());
    CHECK_FALSE(verification->first_bad.has_value());
    CHECK(verification->head.seq == head);
}

} // namespace

TEST_CASE("journal: an append costs one sync") {
    FaultyVfs vfs;
    test::JournalOnDisk disk;
    disk.fill(2); // the log's header is synced once, with the first
    const int before = vfs.syncs;
    disk.fill(50);
    CHECK(vfs.syncs - before == 50);
}

TEST_CASE("F04: one failed fsync: the event is there once, and the journal goes on") {
    FaultyVfs vfs;
    test::JournalOnDisk disk;
    disk.fill(3);
    SUBCASE("nobody reads") {
        vfs.hook = fail_times(1, FaultyVfs::Operation::sync, SQLITE_IOERR_FSYNC);
        const record::EventDraft draft = disk.draft();
        CHECK(disk.writer().append(draft).value() == 4);
        CHECK(disk.writer().append(draft).value() == 4);
    }
    SUBCASE("somebody reads meanwhile") {
        auto reader = JournalReader::open(disk.path()).value();
        CHECK(reader.head()->seq == 3);
        vfs.hook = fail_times(1, FaultyVfs::Operation::sync, SQLITE_IOERR_FSYNC);
        CHECK(disk.writer().append(disk.draft()).value() == 4);
        CHECK(reader.head()->seq == 4);
    }
    SUBCASE("a write fails") {
        vfs.hook = fail_times(1, FaultyVfs::Operation::write, SQLITE_IOERR_WRITE);
        CHECK(disk.writer().append(disk.draft()).value() == 4);
    }
    CHECK(disk.writer().append(disk.draft()).value() == 5);
    check_whole(disk, 5);
}

TEST_CASE("F04: persistent fsync errors: nothing is acknowledged; when the disk recovers, a retry keeps the id") {
    FaultyVfs vfs;
    test::JournalOnDisk disk;
    disk.fill(3);
    vfs.hook = fail_times(1'000'000, FaultyVfs::Operation::sync, SQLITE_IOERR_FSYNC);
    const record::EventDraft draft = disk.draft();
    for (int i = 0; i < 3; ++i) {
        CHECK(disk.writer().append(draft).error().code == ErrorCode::io);
    }
    vfs.hook = nullptr;
    CHECK(disk.writer().append(draft).value() == 4);
    CHECK(disk.writer().append(draft).value() == 4);
    CHECK(disk.writer().append(disk.draft()).value() == 5);
    check_whole(disk, 5);
}

TEST_CASE("F03: a full disk refuses visibly and loses nothing") {
    FaultyVfs vfs;
    test::JournalOnDisk disk;
    disk.fill(3);
    vfs.hook = fail_times(1'000'000, FaultyVfs::Operation::write, SQLITE_FULL);
    const record::EventDraft draft = disk.draft();
    CHECK(disk.writer().append(draft).error().code == ErrorCode::no_space);
    CHECK(disk.writer().append(draft).error().code == ErrorCode::no_space);
    vfs.hook = nullptr;
    CHECK(disk.writer().append(draft).value() == 4);
    check_whole(disk, 5); // the refusal is told of behind it
}

TEST_CASE("F03: a checkpoint that finds the disk full leaves the journal in service") {
    FaultyVfs vfs;
    test::JournalOnDisk disk;
    disk.fill(3);
    vfs.hook = [](FaultyVfs::Operation operation, std::string_view file) {
        return operation == FaultyVfs::Operation::write && !file.ends_with("-wal") ? SQLITE_FULL : SQLITE_OK;
    };
    CHECK(disk.writer().checkpoint().error().code == ErrorCode::no_space);
    CHECK(disk.writer().append(disk.draft()).value() == 4); // the log has room
    vfs.hook = nullptr;
    CHECK(disk.writer().checkpoint().has_value());
    CHECK(disk.writer().append(disk.draft()).value() == 5);
    check_whole(disk, 5);
}

TEST_CASE("F04: a checkpoint that fails loses nothing") {
    FaultyVfs vfs;
    test::JournalOnDisk disk;
    disk.fill(3);
    vfs.hook = [](FaultyVfs::Operation, std::string_view file) {
        return file.ends_with("-wal") ? SQLITE_OK : SQLITE_IOERR_FSYNC;
    };
    CHECK_FALSE(disk.writer().checkpoint().has_value());
    CHECK(disk.writer().append(disk.draft()).error().code == ErrorCode::io);
    vfs.hook = nullptr;
    CHECK(disk.writer().checkpoint().has_value());
    CHECK(disk.writer().append(disk.draft()).value() == 4);
    check_whole(disk, 4);
}

TEST_CASE("F06: a journal put back while the program runs is not written on") {
    FaultyVfs vfs;
    test::JournalOnDisk disk;
    disk.fill(3);
    test::JournalOnDisk other;
    other.fill(5);
    other.close();
    for (const char *suffix : {"", "-wal", "-shm"}) {
        std::filesystem::rename(other.path().string() + suffix, disk.path().string() + suffix);
    }
    vfs.hook = fail_times(1, FaultyVfs::Operation::sync, SQLITE_IOERR_FSYNC);
    CHECK(disk.writer().append(disk.draft()).error().code == ErrorCode::io);
    CHECK(disk.writer().append(disk.draft()).error().code == ErrorCode::io);
}
