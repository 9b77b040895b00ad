#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/flow/sync_faults/schedule.hpp"

namespace xueshi::test::sync_faults {

struct RunOptions {
    std::uint64_t first_seed = 1;
    int seeds = 50;
    int jobs = 8; ///< schedules at a time: they mostly wait
    bool controls = true;
    bool say_progress = false;
    std::filesystem::path directory; ///< empty: one in the temporary folder. Failed schedules are left there.
};

struct RunResult {
    int schedules = 0, stuck = 0;
    Verdict total;
    std::map<std::string, int> faults;
    /// What was found wrong with each broken way: none may be 0.
    std::map<std::string, std::int64_t> controls;
    std::vector<std::string> failures; ///< with how to replay them
    bool passed() const;
};

/// What cannot be run is one of the result's failures.
RunResult run(const Programs &programs, const RunOptions &options);

} // namespace xueshi::test::sync_faults
