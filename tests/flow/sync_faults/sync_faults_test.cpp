#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/flow/sync_faults/programs.hpp"
#include "tests/flow/sync_faults/run.hpp"

using namespace xueshi::test;

namespace {

/// One run for all the promises below.
const sync_faults::RunResult &result() {
    static const sync_faults::RunResult all = [] {
        static const auto programs = sync_faults::built_programs();
        sync_faults::RunOptions options;
        options.seeds = std::getenv("XUESHI_FULL_TESTS") != nullptr ? 1'000 : 50;
        return sync_faults::run(programs, options);
    }();
    return all;
}

} // namespace

TEST_CASE(
    "F13, F15, F16: after faults of network, programs and disk every acknowledged punch is at the registry exactly "
    "once, byte-equal and in order, and nothing that no device signed") {
    for (const std::string &failure : result().failures) {
        MESSAGE(failure);
    }
    CHECK(result().schedules >= 50);
    CHECK(result().total.punches > 50 * result().schedules);
    CHECK(result().total.wrong() == 0);
    CHECK(result().stuck == 0);
    CHECK(result().failures.empty());
}

TEST_CASE("sync_faults: each kind of fault happens") {
    for (const char *fault :
         {"drop_request", "drop_response", "duplicate", "late", "refuse", "lie", "cut", "rst", "refusing", "half_open",
          "delayed", "slow", "kill_registry", "kill_sync", "kill_terminal", "disk_full"}) {
        CAPTURE(fault);
        CHECK(result().faults.contains(fault));
    }
}

TEST_CASE(
    "sync_faults: an acknowledgement before the commit, a retry with a new id and rows changed at the registry are "
    "found") {
    CHECK(result().controls.size() == 4);
    for (const auto &[name, found] : result().controls) {
        CAPTURE(name);
        CHECK(found > 0);
    }
}
