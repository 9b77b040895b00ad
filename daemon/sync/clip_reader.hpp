#pragma once

#include "daemon/sync/clip_ledger.hpp"
#include "daemon/sync/source.hpp"
#include "daemon/sync/state.hpp"

namespace xueshi::sync {

/// Brings what the journal says of clips into their ledger, from acknowledged events only. Who asks the ledger what is
/// there reads first, also while no clip may be sent. Several may read: the ledger keeps where they are.
class ClipReader {
public:
    /// All outlive it.
    ClipReader(EventSource &source, State &state) : source_(source), state_(state), ledger_(state.database()) {}

    /// A piece of what was not looked at yet, of former chains too; true: there was some.
    Expected<bool> read();

private:
    Expected<bool> read_chain(const JournalChain &chain, const std::vector<ChainId> &later);

    EventSource &source_;
    State &state_;
    ClipLedger ledger_;
};

} // namespace xueshi::sync
