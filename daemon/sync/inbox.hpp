#pragma once

#include "daemon/sync/clip_ledger.hpp"
#include "daemon/sync/clip_reader.hpp"
#include "daemon/sync/downlink.hpp"
#include "daemon/sync/failure.hpp"
#include "daemon/sync/source.hpp"
#include "daemon/sync/state.hpp"
#include "daemon/sync/uplink.hpp"

namespace xueshi::sync {

/// The registry's answers that came by stick (core/stick): receipts, clip receipts and a roster, which xueshictl put
/// into sync/inbox. Each is verified as if it had come over the network, and removed when it is taken over. What does
/// not hold is kept as "<name>.refused", and what is there already is not replaced by something older.
class Inbox {
public:
    /// All outlive it.
    Inbox(EventSource &source, State &state, Downlink &downlink, const identity::PublicKey &registry_key,
          Uplink::WallClock wall_ms)
        : source_(source), state_(state), downlink_(downlink), registry_key_(registry_key),
          wall_ms_(std::move(wall_ms)), clips_(source, state) {}

    /// Everything that lies there; gives how many were taken over. A failure is of the last that was refused, or of one
    /// that is tried again.
    Outcome<int> step();

private:
    Expected<void> take(const std::filesystem::path &file);
    Expected<void> take_receipt(const std::string &text);
    Expected<void> take_clip_receipt(const std::string &text);
    Expected<void> take_roster(const std::string &sealed);

    EventSource &source_;
    State &state_;
    Downlink &downlink_;
    const identity::PublicKey &registry_key_;
    Uplink::WallClock wall_ms_;
    ClipReader clips_;
};

} // namespace xueshi::sync
