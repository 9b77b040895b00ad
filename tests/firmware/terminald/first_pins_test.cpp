#include "firmware/terminald/first_pins.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/support/journal_on_disk.hpp"

using namespace xueshi;
using kiosk::Role;
using record::EventKind;
using terminald::FirstPins;

namespace {

/// A terminal that is put up, a second a call of `sync`.
struct NewTerminal {
    test::JournalOnDisk journal;
    std::unique_ptr<FirstPins> pins = start();
    std::int64_t boot_ms = 1'000;

    std::unique_ptr<FirstPins> start(bool is_new = true) const {
        return std::make_unique<FirstPins>(journal.path(), is_new);
    }
    void sync(const std::string &state, bool is_shown = true) {
        kiosk::SyncShown shown;
        shown.state = state;
        shown.claim_code = state == "waiting_approval" ? "K7QF2M" : "";
        boot_ms += 1'000;
        pins->follow(shown, is_shown, boot_ms);
    }
    void approve() {
        sync("waiting_approval");
        sync("online");
    }
    bool open(Role role = Role::admin) const { return pins->may_choose(role, boot_ms); }
    void append(EventKind kind, json::Object data = {}) {
        auto draft = journal.draft();
        draft.kind = kind;
        draft.data = std::move(data);
        REQUIRE(journal.writer().append(draft));
    }
};

} // namespace

TEST_CASE_FIXTURE(NewTerminal, "F30: who puts a terminal up chooses its first PINs once the registry has approved it") {
    journal.fill(3); // what a start journals
    approve();
    CHECK(open(Role::admin));
    CHECK(open(Role::teacher));
}

TEST_CASE_FIXTURE(NewTerminal, "F30: no first PIN is chosen before the registry's approval has come") {
    for (const char *state : {"unknown", "claiming", "waiting_approval", "stopped"}) {
        sync(state);
        CHECK_FALSE(open());
    }
    sync("offline"); // approved, and the line broke
    CHECK(open());
}

TEST_CASE_FIXTURE(NewTerminal, "F30: no first PIN is chosen half an hour after the approval came") {
    approve();
    boot_ms += FirstPins::kOpenMs - 1;
    CHECK(open());
    boot_ms += 1;
    CHECK_FALSE(open());
}

TEST_CASE_FIXTURE(NewTerminal, "F30: no first PIN is chosen in another start than the one that showed the claim code") {
    SUBCASE("started again before the approval") {
        sync("waiting_approval");
        pins = start(false);
        sync("online");
    }
    SUBCASE("started again after it") {
        approve();
        pins = start(false);
        sync("online");
    }
    CHECK_FALSE(open());
}

TEST_CASE_FIXTURE(NewTerminal,
                  "F30: no first PIN is chosen where no screen showed the claim code that was waited with") {
    sync("waiting_approval", false);
    sync("online");
    CHECK_FALSE(open());
}

TEST_CASE_FIXTURE(NewTerminal, "F30: where a token lets a terminal in, who started it chooses its first PINs") {
    sync("unknown", false); // the browser comes later
    SUBCASE("at once") {}
    SUBCASE("when the network is there") {
        sync("claiming");
    }
    sync("online");
    CHECK(open(Role::admin));
    CHECK(open(Role::teacher));
}

TEST_CASE_FIXTURE(NewTerminal, "F30: where a token lets a terminal in, the time for a first PIN runs from its start") {
    sync("claiming");
    const auto end = boot_ms + FirstPins::kOpenMs;
    SUBCASE("let in at once") {
        sync("online");
        boot_ms = end - 1;
        CHECK(open());
    }
    SUBCASE("let in at the end of it") {
        boot_ms = end - 2'000;
        sync("online");
        CHECK(open());
    }
    SUBCASE("let in after it") {
        boot_ms = end;
        sync("online");
    }
    boot_ms = std::max(boot_ms, end);
    CHECK_FALSE(open());
}

TEST_CASE_FIXTURE(NewTerminal,
                  "F30: a terminal that was let in before this start, or had a code, is not put up by a token") {
    pins = start(false);
    sync("claiming");
    sync("online");
    CHECK_FALSE(open());
}

TEST_CASE_FIXTURE(NewTerminal, "F30: another claim gives no more time for a first PIN") {
    approve();
    boot_ms += FirstPins::kOpenMs;
    approve();
    CHECK_FALSE(open());
}

TEST_CASE_FIXTURE(NewTerminal, "F30: no first PIN is chosen for a role that had one, and the other's still is") {
    const json::Object set{{"what", "kiosk_pin"}, {"role", "admin"}, {"operator", "root"}};
    SUBCASE("set before the approval") {
        append(EventKind::operator_action, set);
        approve();
    }
    SUBCASE("set meanwhile") {
        approve();
        CHECK(open());
        append(EventKind::operator_action, set);
    }
    CHECK_FALSE(open());
    CHECK(open(Role::teacher));
}

TEST_CASE_FIXTURE(NewTerminal, "F30: no first PIN is chosen after the first punch or enrolment") {
    auto kind = EventKind::punch;
    SUBCASE("punch") {}
    SUBCASE("enrolment") {
        kind = EventKind::enrolment;
    }
    SUBCASE("punch meanwhile") {
        approve();
        CHECK(open());
    }
    append(kind);
    approve();
    CHECK_FALSE(open(Role::admin));
    CHECK_FALSE(open(Role::teacher));
}

TEST_CASE_FIXTURE(NewTerminal, "F30: a journal that cannot be read lets nobody choose a first PIN") {
    approve();
    SUBCASE("damaged") {
        journal.fill(3);
        journal.tamper("UPDATE event SET body = '{}' WHERE seq = 2");
    }
    SUBCASE("absent") {
        pins = std::make_unique<FirstPins>(journal.directory() / "none.db", true);
    }
    approve();
    CHECK_FALSE(open());
}
