#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::registry::store {

/// How far one chain of a device has come in.
struct Chain {
    InstitutionId institution;
    DeviceId device;
    ChainId id;
    record::Sequence head_seq = 0; ///< every seq up to here is held (stored or quarantined)
    Sha256 head_hash{};
    std::int64_t count = 0; ///< events stored; less than head_seq when some are quarantined
    std::string flags;      ///< "", "salvaged", "rolled_back" or "unrelated"
    std::int64_t first_received_ms = 0, last_received_ms = 0;
    std::int64_t latest_clock_ms = 0; ///< that a synchronised clock showed in it; 0: none did
    std::int64_t latest_nonce_ms = 0; ///< the newest time in a nonce of ours in it; 0: there is none
};
std::optional<Chain> find_chain(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const ChainId &id);
/// The newest first.
std::vector<Chain> chains_of(Session &session, const InstitutionId &institution, const DeviceId &device);
/// Inserts or replaces.
void save_chain(Session &session, const Chain &chain);

/// A chain took the place of `previous`, which ended at `previous_seq`, for this reason (record::Boot).
struct Succession {
    ChainId chain, previous;
    record::Sequence previous_seq = 0;
    std::string reason;
};
void save_succession(Session &session, const Chain &chain, const Succession &succession);
std::vector<Succession> successions_of(Session &session, const InstitutionId &institution, const DeviceId &device);

/// Ranges of seq that the device declared lost, both ends included.
using SeqRange = std::pair<record::Sequence, record::Sequence>;
void declare_lost(Session &session, const InstitutionId &institution, const DeviceId &device, const ChainId &chain,
                  const SeqRange &range, std::int64_t now_ms);
/// In order.
std::vector<SeqRange> lost_of(Session &session, const InstitutionId &institution, const DeviceId &device,
                              const ChainId &chain);

/// An event that was not accepted, kept with its reason.
struct Quarantined {
    InstitutionId institution;
    DeviceId device;
    ChainId chain;
    record::StoredEvent event; ///< a withheld body is empty
    std::string outcome;       ///< "invalid" or "conflict"
    std::string reason;
    std::int64_t received_ms = 0;
    bool in_place = false; ///< it took its seq's place: the chain goes on behind it
};
/// False when the same one is there already.
bool quarantine(Session &session, const Quarantined &event);
/// Of one seq, at most `limit`.
std::vector<Quarantined> quarantined(Session &session, const InstitutionId &institution, const DeviceId &device,
                                     const ChainId &chain, record::Sequence seq, std::int64_t limit);
/// It leaves its seq's place to an event that is stored there, and stays as what came before.
void leave_place(Session &session, const Quarantined &event);
/// Those that took a seq's place, which no stored event has, behind `after`, by seq, at most `limit`.
std::vector<Quarantined> quarantined_links(Session &session, const InstitutionId &institution, const DeviceId &device,
                                           const ChainId &chain, record::Sequence after, std::int64_t limit);

} // namespace xueshi::registry::store
