#pragma once

#include <map>
#include <string>

#include "tests/flow/sync_faults/judge.hpp"
#include "tests/flow/sync_faults/site.hpp"

namespace xueshi::test::sync_faults {

/// What breaks the product's promise on purpose.
enum class Control {
    none,
    ack_before_commit, ///< receipts go out before the events are in
    retry_with_new_id, ///< the terminal gives a punch that it tries again a new id
};

struct ScheduleOptions {
    std::uint64_t seed = 1;
    std::filesystem::path directory; ///< of this schedule; left behind
    Control control = Control::none;
};

struct ScheduleResult {
    Verdict verdict;
    bool stuck = false;                ///< it did not settle after the faults had stopped
    std::map<std::string, int> faults; ///< how often each happened
    bool passed() const { return !stuck && verdict.wrong() == 0; }
};

/// Runs one schedule: a terminal that punches, a sync daemon, two proxies and a registry under faults that follow the
/// seed; then calm until all is acknowledged; then everything is killed and judged. Which faults there are and when
/// follows the seed; what they meet is the machine's doing, so a replay is alike, not the same. Throws when the
/// programs cannot be run.
ScheduleResult run_schedule(const Programs &programs, const RegistryTemplate &registry, const ScheduleOptions &options);

} // namespace xueshi::test::sync_faults
