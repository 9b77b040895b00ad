#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "tests/flow/sync_faults/programs.hpp"
#include "tests/flow/sync_faults/run.hpp"
#include "tests/support/temporary_directory.hpp"

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

TEST_CASE("sync_faults: controls that cannot be run, or programs that are not there, fail the run and do not end it") {
    const TemporaryDirectory directory;
    auto programs = sync_faults::built_programs();
    sync_faults::RunOptions options;
    options.directory = directory / "run";
    options.seeds = 0;
    std::filesystem::create_directories(options.directory);
    for (const std::string control : {"ack_before_commit", "retry_with_new_id"}) {
        for (int seed = 1; seed <= 20; ++seed) { // a file where a folder is wanted
            std::ofstream(options.directory / (control + "-" + std::to_string(seed))) << "in the way";
        }
    }
    std::ofstream(options.directory / "rows") << "in the way";
    const auto hindered = sync_faults::run(programs, options);
    CHECK(hindered.failures.size() == 2 * 20 + 1);
    CHECK(hindered.failures.back().starts_with("the control of changed rows: "));
    CHECK_FALSE(hindered.passed());

    programs.directory = directory / "nowhere";
    options.directory = directory / "run-2";
    const auto absent = sync_faults::run(programs, options);
    CHECK(absent.failures.size() == 1);
    CHECK_FALSE(absent.passed());
}
