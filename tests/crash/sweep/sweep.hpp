#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace xueshi::test::faults {

struct SweepOptions {
    std::uint64_t per_call = 0; ///< points of each kind of call, evenly spread over the script; 0: every one
    std::string call;           ///< only this kind; empty: all
    std::uint64_t first = 1, last = UINT64_MAX; ///< of its calls
    unsigned workers = 2;
    bool say_progress = false;
};
struct SweepResult {
    std::uint64_t points = 0;
    std::uint64_t false_success = 0, corrupt = 0;
    std::uint64_t not_resumed = 0;              ///< a fault that passed, and not all of the script was done after it
    std::uint64_t ended = 0;                    ///< the process ended, as it may without memory
    std::uint64_t found_by_id = 0;              ///< events that were there although their append had failed
    std::map<std::string, std::uint64_t> calls; ///< of each kind in the script
    std::vector<std::string> findings;
    bool passed() const { return points > 0 && false_success + corrupt + not_resumed == 0; }
};

/// Runs the script once for each point (a call of the script, once or from there on, an error) in a process of its own,
/// and judges what is left.
SweepResult sweep(const SweepOptions &options);

} // namespace xueshi::test::faults
