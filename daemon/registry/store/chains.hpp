#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
    std::string flags;      ///< "", "salvaged" or "unrelated"
    std::int64_t first_received_ms = 0, last_received_ms = 0;
};
std::optional<Chain> find_chain(Session &session, const InstitutionId &institution, const DeviceId &device,
                                const ChainId &id);
/// The newest first.
std::vector<Chain> chains_of(Session &session, const InstitutionId &institution, const DeviceId &device);
/// Inserts or replaces.
void save_chain(Session &session, const Chain &chain);

/// An event that was not accepted, kept with its reason.
struct Quarantined {
    InstitutionId institution;
    DeviceId device;
    ChainId chain;
    record::StoredEvent event; ///< a withheld body is empty
    std::string outcome;       ///< "invalid" or "conflict"
    std::string reason;
    std::int64_t received_ms = 0;
};
/// False when the same one is there already.
bool quarantine(Session &session, const Quarantined &event);
std::vector<Quarantined> quarantined(Session &session, const InstitutionId &institution, const DeviceId &device,
                                     const ChainId &chain);

} // namespace xueshi::registry::store
