#include "firmware/core/journal/verify.hpp"

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/chain.hpp"
#include "tests/support/journal_on_disk.hpp"

using namespace xueshi;
using namespace xueshi::journal;

namespace {

identity::Receipt receipt_for(test::JournalOnDisk &disk, record::Sequence through) {
    auto reader = JournalReader::open(disk.path()).value();
    const auto event = reader.read(through - 1, 1).value().front();
    return {reader.description().device, reader.description().chain, through, event.hash, through, 0};
}

Finding finding_after(test::JournalOnDisk &disk, const std::string &sql) {
    disk.tamper(sql);
    const auto verification = verify_journal(disk.path());
    REQUIRE(verification.has_value());
    REQUIRE(verification->first_bad.has_value());
    return *verification->first_bad;
}

} // namespace

TEST_CASE("verify: a good journal has no finding, with or without a receipt") {
    test::JournalOnDisk disk;
    CHECK_FALSE(verify_journal(disk.path())->first_bad.has_value());
    disk.fill(5);
    const auto verification = verify_journal(disk.path(), receipt_for(disk, 4));
    CHECK_FALSE(verification->first_bad.has_value());
    CHECK(verification->head.seq == 5);
    CHECK(verification->description.device == disk.writer().description().device);
}

TEST_CASE("F05: verify names the first event that does not hold") {
    test::JournalOnDisk disk;
    disk.fill(80); // more than the writer looks at when it opens
    SUBCASE("body") {
        CHECK(finding_after(disk, "UPDATE event SET body = replace(body, '\"number\":6', '\"number\":7') WHERE seq = 7")
                  .seq == 7);
    }
    SUBCASE("hash") {
        CHECK(finding_after(disk, "UPDATE event SET hash = zeroblob(32) WHERE seq = 7").seq == 7);
    }
    SUBCASE("signature") {
        const Finding finding = finding_after(disk, "UPDATE event SET signature = x'30' WHERE seq = 7");
        CHECK(finding.seq == 7);
        CHECK(finding.error.code == ErrorCode::denied);
    }
    SUBCASE("removed") {
        CHECK(finding_after(disk, "DELETE FROM event WHERE seq = 7").seq == 7);
    }
    SUBCASE("two exchanged") {
        CHECK(finding_after(disk, "UPDATE event SET seq = 1000 WHERE seq = 7; UPDATE event SET seq = 7 WHERE seq = 8;"
                                  "UPDATE event SET seq = 8 WHERE seq = 1000")
                  .seq == 7);
    }
    CHECK(disk.try_open().has_value()); // an old damage does not stop the class today; verify shows it
}

TEST_CASE("F05: of many events that do not hold verify names the first, in whatever order they were looked at") {
    test::JournalOnDisk disk;
    disk.fill(400);
    SUBCASE("by themselves") {
        CHECK(finding_after(disk, "UPDATE event SET signature = x'30' WHERE seq >= 150").seq == 150);
    }
    SUBCASE("by their place too") {
        CHECK(finding_after(disk, "UPDATE event SET signature = x'30' WHERE seq >= 150;"
                                  "DELETE FROM event WHERE seq = 140")
                  .seq == 140);
        CHECK(verify_journal(disk.path())->head.seq == 139);
    }
}

TEST_CASE("F05: in a long journal, whose signatures are checked in batches, verify names the same event") {
    test::JournalOnDisk disk;
    disk.fill(4'100);
    CHECK_FALSE(verify_journal(disk.path())->first_bad.has_value());
    CHECK(finding_after(disk, "UPDATE event SET signature = x'30' WHERE seq = 4100").seq == 4'100);
    Finding finding = finding_after(disk, "UPDATE event SET signature = (SELECT signature FROM event WHERE seq = 4081) "
                                          "WHERE seq = 4080");
    CHECK(finding.seq == 4'080);
    CHECK(finding.error.code == ErrorCode::denied);
    CHECK(finding.error.message == "event 4080: the signature does not hold");
    // A body, with the hash that belongs to it.
    auto event = JournalReader::open(disk.path())->read(4'060, 1).value().front();
    event.body.replace(event.body.find("\"number\":4060") + 9, 4, "4062"); // its ids are random
    finding =
        finding_after(disk, "UPDATE event SET body = CAST(x'" + hex(as_bytes(event.body)) + "' AS TEXT), hash = x'" +
                                hex(identity::link_hash(event.prev, event.body)) + "' WHERE seq = 4061");
    CHECK(finding.seq == 4'061);
    CHECK(finding.error.code == ErrorCode::denied);
}

TEST_CASE("F05: a writer does not go on behind a damaged end, and names the event") {
    test::JournalOnDisk disk;
    disk.fill(80);
    CHECK(finding_after(disk, "UPDATE event SET body = replace(body, '\"number\":76', '\"number\":77') WHERE seq = 77")
              .seq == 77);
    const auto opened = disk.try_open();
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == ErrorCode::corrupt);
    CHECK(opened.error().message.find("event 77") != std::string::npos);
}

TEST_CASE("F06: a journal that ends before its receipt was rolled back") {
    test::JournalOnDisk disk;
    disk.fill(5);
    const identity::Receipt receipt = receipt_for(disk, 5);
    disk.tamper("DELETE FROM event WHERE seq > 3");
    CHECK_FALSE(verify_journal(disk.path())->first_bad.has_value()); // nobody can see it without the receipt
    const auto verification = verify_journal(disk.path(), receipt);
    REQUIRE(verification->first_bad.has_value());
    CHECK(verification->first_bad->seq == 4);
    CHECK(verification->first_bad->error.code == ErrorCode::conflict);
}

TEST_CASE("F06: an event other than the one that the registry holds is a conflict") {
    test::JournalOnDisk disk;
    disk.fill(5);
    identity::Receipt receipt = receipt_for(disk, 5);
    receipt.head_hash[0] ^= 1;
    CHECK(verify_journal(disk.path(), receipt)->first_bad->seq == 5);
    receipt.chain = ChainId(Uuid::v4().str());
    CHECK(verify_journal(disk.path(), receipt)->first_bad->seq == 0);
}

TEST_CASE("verify: a description that does not fit its key is found") {
    test::JournalOnDisk disk;
    disk.fill(2);
    CHECK(finding_after(disk, "UPDATE description SET device = 'd-other'").error.code == ErrorCode::corrupt);
}

TEST_CASE("verify: a journal that nobody can read is an error, not a finding") {
    const test::TemporaryDirectory directory;
    CHECK(verify_journal(directory / "journal.db").error().code == ErrorCode::unavailable);
}

TEST_CASE("F29: after an update that is taken back, the older program goes on with the journal and still checks it") {
    test::JournalOnDisk disk;
    disk.fill(3);
    disk.migrate_to_next_version("CREATE TABLE added(i INTEGER); CREATE INDEX added_by_i ON added(i);"
                                 "PRAGMA application_id = 2");
    disk.open();
    disk.fill(2);
    CHECK(JournalReader::open(disk.path())->head()->seq == 5);
    const auto verification = verify_journal(disk.path());
    REQUIRE_MESSAGE(verification.has_value(), (verification ? "" : verification.error().message));
    CHECK_FALSE(verification->first_bad.has_value());
    CHECK(verification->head.seq == 5);
    SUBCASE("a trigger that would swallow punches is seen") {
        const auto found = finding_after(disk, "CREATE TRIGGER swallow BEFORE INSERT ON event "
                                               "BEGIN SELECT RAISE(IGNORE); END");
        CHECK(found.error.message == "the schema was changed");
    }
    SUBCASE("a table of its own that was changed is seen") {
        const auto found = finding_after(disk, "ALTER TABLE former_chain ADD COLUMN more TEXT");
        CHECK(found.error.message == "the schema was changed");
    }
}

TEST_CASE("verify: what was added to a journal without a newer program is found") {
    test::JournalOnDisk disk;
    disk.fill(3);
    CHECK(finding_after(disk, "CREATE TABLE added(i INTEGER)").error.message == "the schema was changed");
}
