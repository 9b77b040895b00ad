#include "firmware/terminald/continuity.hpp"

#include <doctest/doctest.h>

#include "firmware/core/journal/salvage/adopt.hpp"
#include "tests/support/acknowledged_journal.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

struct Terminal : test::AcknowledgedJournal {
    void restore() { REQUIRE(restore_continuity(state(), sync(), key())); }
    Continuity continuity() const { return continuity_of(state(), sync()).value(); }
};

} // namespace

TEST_CASE_FIXTURE(Terminal, "F06: a journal behind its receipt ends, and the new chain names it") {
    fill(5);
    const auto copy = take_copy();
    fill(5);
    acknowledge();
    put_back(copy);
    const auto before = chain();
    restore();
    CHECK(chain() != before);
    const auto how = continuity();
    CHECK(how.alarm == "rolled_back");
    CHECK(how.boot.previous_chain == before);
    CHECK(how.boot.previous_seq == 5);
    const auto begun = chain();
    restore(); // the next start does not end it again
    CHECK(chain() == begun);
}

TEST_CASE_FIXTURE(Terminal, "F06: a salvage that was refused is not in the way when the journal is rolled back later") {
    fill(5);
    const auto copy = take_copy();
    close();
    journal::SalvageOptions options;
    options.journal = path();
    options.destination = state() / journal::kSalvagedName;
    REQUIRE(journal::salvage(options));
    open();
    fill(5); // nobody adopted it: the journal is better
    acknowledge();
    close();
    const auto before = chain();
    restore();
    CHECK(chain() == before);
    put_back(copy);
    restore();
    CHECK(chain() != before);
    CHECK(continuity().alarm == "rolled_back");
}

TEST_CASE_FIXTURE(Terminal, "F06: another history than the acknowledged one ends too") {
    fill(5);
    const auto copy = take_copy();
    fill(5);
    acknowledge();
    put_back(copy);
    open();
    fill(5); // as long as the acknowledged one, with other events
    close();
    const auto before = chain();
    restore();
    CHECK(chain() != before);
}

TEST_CASE_FIXTURE(Terminal, "F06: damage at the receipt is no rollback") {
    fill(10);
    acknowledge();
    fill(5);
    SUBCASE("a body that cannot be read") {
        tamper("UPDATE event SET body = replace(body, '{', '[') WHERE seq = 10");
    }
    SUBCASE("a body that says another thing") {
        tamper("UPDATE event SET body = replace(body, '\"number\":9', '\"number\":8') WHERE seq = 10");
    }
    SUBCASE("its hash") {
        tamper("UPDATE event SET hash = zeroblob(32) WHERE seq = 10");
    }
    SUBCASE("it is missing, and those behind it are there") {
        tamper("DELETE FROM event WHERE seq = 10");
    }
    close();
    const auto before = chain();
    restore();
    CHECK(chain() == before);
    CHECK(continuity().alarm.empty());
}

TEST_CASE_FIXTURE(Terminal, "F06: a receipt under another key is no word, and nor is one that no key is pinned for") {
    fill(5);
    const auto copy = take_copy();
    fill(5);
    SUBCASE("another key") {
        acknowledge(test::JournalOnDisk().signer());
    }
    SUBCASE("no key") {
        acknowledge();
        std::filesystem::remove(sync() / "registry_key.pem");
    }
    put_back(copy);
    const auto before = chain();
    restore();
    CHECK(chain() == before);
    CHECK(continuity().alarm.empty());
}

TEST_CASE_FIXTURE(Terminal, "F06: a lost journal begins by naming what the registry acknowledged") {
    fill(5);
    const auto before = chain();
    acknowledge();
    close();
    for (const std::string suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path().string() + suffix);
    }
    open();
    close();
    restore();
    const auto how = continuity();
    CHECK(how.alarm == "journal_lost");
    CHECK(how.boot.previous_chain == before);
    CHECK(how.boot.previous_seq == 5);
}
