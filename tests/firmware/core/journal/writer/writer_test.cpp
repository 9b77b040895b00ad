#include "firmware/core/journal/writer/writer.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "firmware/core/journal/verify.hpp"
#include "tests/support/journal_on_disk.hpp"

using namespace xueshi;
using namespace xueshi::journal;

TEST_CASE("journal: what was appended is read back, signed and linked") {
    test::JournalOnDisk disk;
    const record::EventDraft draft = disk.draft(42);
    CHECK(disk.writer().append(draft).value() == 1);
    CHECK(disk.writer().append(disk.draft()).value() == 2);
    auto reader = JournalReader::open(disk.path()).value();
    const auto events = reader.read(0, 10).value();
    REQUIRE(events.size() == 2);
    CHECK(events[0].id == draft.id);
    CHECK(events[0].prev == Sha256{});
    CHECK(events[1].prev == events[0].hash);
    const auto body = record::read_body(events[0]).value();
    CHECK(body.device == disk.writer().description().device);
    CHECK(body.chain == disk.writer().description().chain);
    CHECK(body.key_level == "file");
    CHECK(body.source == draft.source);
    CHECK(body.at.wall_ms == draft.at.wall_ms);
    CHECK(body.data.at("number").as_int64() == 42);
    CHECK(disk.writer().head()->seq == 2);
    CHECK(disk.writer().head()->hash == events[1].hash);
    CHECK_FALSE(verify_journal(disk.path())->first_bad.has_value());
}

TEST_CASE("journal: a second append of an id gives the first seq") {
    test::JournalOnDisk disk;
    const record::EventDraft draft = disk.draft();
    CHECK(disk.writer().append(draft).value() == 1);
    disk.fill(2);
    CHECK(disk.writer().append(draft).value() == 1);
    disk.close();
    disk.open();
    CHECK(disk.writer().append(draft).value() == 1);
    CHECK(disk.writer().head()->seq == 3);
}

TEST_CASE("journal: it goes on where it ended, in the same chain") {
    test::JournalOnDisk disk;
    disk.fill(100); // more than an opening checks
    const Description before = disk.writer().description();
    disk.close();
    disk.open();
    CHECK(disk.writer().description().chain == before.chain);
    CHECK(disk.writer().append(disk.draft()).value() == 101);
    CHECK_FALSE(verify_journal(disk.path())->first_bad.has_value());
}

TEST_CASE("journal: one writer at a time") {
    test::JournalOnDisk disk;
    CHECK(disk.try_open().error().code == ErrorCode::conflict);
    disk.close();
    CHECK(disk.try_open().has_value());
}

TEST_CASE("journal: another key is denied") {
    test::JournalOnDisk disk;
    disk.close();
    const auto other = identity::open_or_create_signer(disk.directory() / "other.key").value();
    CHECK(JournalWriter::open(disk.path(), *other).error().code == ErrorCode::denied);
}

TEST_CASE("journal: an event that cannot be written leaves nothing and the next one goes on") {
    test::JournalOnDisk disk;
    record::EventDraft bad = disk.draft();
    bad.data["score"] = 0.5;
    CHECK(disk.writer().append(bad).error().code == ErrorCode::invalid_argument);
    bad = disk.draft();
    bad.data["text"] = std::string(record::kMaxBodyBytes, 'x').c_str();
    CHECK(disk.writer().append(bad).error().code == ErrorCode::too_large);
    bad = disk.draft();
    bad.id = Uuid();
    CHECK(disk.writer().append(bad).error().code == ErrorCode::invalid_argument);
    CHECK(disk.writer().append(disk.draft()).value() == 1);
}

TEST_CASE("journal: an event reported as saved survives the death of the program") {
    test::JournalOnDisk disk;
    disk.close();
    std::array<int, 2> channel{};
    REQUIRE(::pipe(channel.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        auto writer = JournalWriter::open(disk.path(), disk.signer()).value();
        for (int i = 0; i < 20; ++i) {
            const auto seq = static_cast<char>(writer->append(disk.draft(i)).value());
            static_cast<void>(::write(channel[1], &seq, 1));
        }
        ::_exit(0); // no destructor, no close, no checkpoint
    }
    ::close(channel[1]);
    char last = 0;
    while (::read(channel[0], &last, 1) == 1) {
    }
    ::close(channel[0]);
    ::waitpid(child, nullptr, 0);
    disk.open();
    CHECK(last == 20);
    CHECK(disk.writer().head()->seq == 20);
    CHECK_FALSE(verify_journal(disk.path())->first_bad.has_value());
}

TEST_CASE("journal: threads append one after the other") {
    test::JournalOnDisk disk;
    std::array<std::vector<record::Sequence>, 4> seqs;
    {
        std::vector<std::jthread> threads;
        for (auto &mine : seqs) {
            threads.emplace_back([&disk, &mine] {
                for (int i = 0; i < 25; ++i) {
                    mine.push_back(disk.writer().append(disk.draft(i)).value());
                }
            });
        }
    }
    std::set<record::Sequence> all;
    for (const auto &mine : seqs) {
        CHECK(std::is_sorted(mine.begin(), mine.end()));
        all.insert(mine.begin(), mine.end());
    }
    CHECK(all.size() == 100);
    CHECK(*all.rbegin() == 100);
    CHECK_FALSE(verify_journal(disk.path())->first_bad.has_value());
}

TEST_CASE("journal: a checkpoint empties the log into the database while somebody reads") {
    test::JournalOnDisk disk;
    disk.fill(10);
    auto reader = JournalReader::open(disk.path()).value();
    CHECK(reader.head()->seq == 10);
    CHECK(disk.writer().checkpoint().has_value());
    disk.fill(10);
    CHECK(reader.head()->seq == 20);
    CHECK_FALSE(verify_journal(disk.path())->first_bad.has_value());
}

TEST_CASE("journal: its files are for owner and group, and stay when the writer ends") {
    test::JournalOnDisk disk;
    disk.fill(1);
    disk.close();
    for (const char *suffix : {"", "-wal", "-shm"}) {
        struct stat status{};
        REQUIRE(::stat((disk.path().string() + suffix).c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == 0640);
    }
}

TEST_CASE("journal: events are never changed or removed through SQL") {
    test::JournalOnDisk disk;
    disk.fill(1);
    auto database = sqlite::Database::open(disk.path(), sqlite::Mode::read_write_create).value();
    CHECK_FALSE(database.execute("UPDATE event SET kind = 'punch'").has_value());
    CHECK_FALSE(database.execute("DELETE FROM event").has_value());
}
