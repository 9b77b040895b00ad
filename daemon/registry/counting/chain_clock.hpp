#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/registry/store/events.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::registry::counting {

/// What an event's time rests on.
enum class TimeBasis {
    bounds,   ///< the good times before and after it: its boot never had time
    inferred, ///< boot time, beside a synchronised event of the same boot
    clock,    ///< its own synchronised clock
};
std::string_view to_string(TimeBasis basis);

/// When an event must have happened: [earliest, latest].
struct TimeBracket {
    std::int64_t earliest_ms = 0, latest_ms = 0;
    TimeBasis basis = TimeBasis::bounds;
};

/// Resolves the times of one chain's events. A synchronised event has its own time. Another one is placed by boot time
/// beside a synchronised event of the same boot, within the drift of a quartz; without one it lies between the
/// synchronised events before and after it, the last of which is its receipt.
class ChainClock {
public:
    /// One event of the chain, in order of seq.
    void add(record::Sequence seq, const Instant &at, std::int64_t received_ms);
    TimeBracket bracket(record::Sequence seq) const;

private:
    struct Entry {
        Instant at;
        std::int64_t received_ms = 0;
    };
    std::map<record::Sequence, Entry> entries_;
};

/// Of a whole chain as the database has it.
ChainClock read_chain_clock(store::Session &session, const InstitutionId &institution, const DeviceId &device,
                            const ChainId &chain);

} // namespace xueshi::registry::counting
