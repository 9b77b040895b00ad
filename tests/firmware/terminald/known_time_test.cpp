#include "firmware/terminald/known_time.hpp"

#include <doctest/doctest.h>

#include "tests/support/acknowledged_journal.hpp"

using namespace xueshi;
using namespace xueshi::terminald;

namespace {

struct Terminal : test::AcknowledgedJournal {
    std::int64_t now_ms() { return clock().now().wall_ms; }
    std::string boot() { return clock().now().boot_id; }
    KnownTime known() { return read_known_time(state(), sync(), boot()); }
};

} // namespace

TEST_CASE_FIXTURE(Terminal, "F10: the newest good time is found behind more than one reading of large events") {
    auto large = draft();
    large.data["text"] = std::string(30'000, 'x');
    for (int i = 0; i < 100; ++i) { // three times what one reading gives
        large.id = Uuid::v7(now_ms());
        writer().append(large).value();
    }
    clock().advance(3'600'000);
    fill(1);
    CHECK(known().not_before_ms == now_ms());
    CHECK(known().of_this_boot.value().wall_ms == now_ms());
}

TEST_CASE_FIXTURE(Terminal, "F10: a damaged event does not hide the newest good time") {
    fill(10);
    clock().advance(3'600'000);
    fill(5);
    tamper("UPDATE event SET body = replace(body, '{', '[') WHERE seq = 8");
    CHECK(known().not_before_ms == now_ms());
}

TEST_CASE_FIXTURE(Terminal, "F10: the registry's receipt bounds the time, and one under another key does not") {
    fill(5);
    const auto written_ms = now_ms();
    SUBCASE("the registry's") {
        acknowledge();
        CHECK(known().not_before_ms == written_ms + 500);
        CHECK(read_signed_moment(state(), sync(), boot()).value().signed_ms == written_ms + 500);
        CHECK_FALSE(read_signed_moment(state(), sync(), "another boot"));
    }
    SUBCASE("another's") {
        acknowledge(test::JournalOnDisk().signer());
        CHECK(known().not_before_ms == written_ms);
        CHECK_FALSE(read_signed_moment(state(), sync(), boot()));
    }
}
