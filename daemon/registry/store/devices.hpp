#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::registry::store {

/// What a registry thinks of a terminal.
enum class DeviceState {
    approved,    ///< an operator let it in; it has no certificate yet
    claimed,     ///< has a certificate
    quarantined, ///< delivers; its hours stay possible until a bureau decides
    revoked,     ///< its certificate is refused
};
std::string_view to_string(DeviceState state);

struct Device {
    InstitutionId institution;
    DeviceId id;
    RoomId room;
    DeviceState state = DeviceState::approved;
    std::string signing_key_pem;
    int suite = 1;
    std::string key_level;
    std::string certificate_request_pem; ///< of the claim that gave the certificate
    std::string certificate_pem;         ///< empty: none yet
    std::string certificate_serial;      ///< hex
    std::int64_t claimed_ms = 0;
};
/// Inserts or replaces.
void save_device(Session &session, const Device &device);
std::optional<Device> find_device(Session &session, const DeviceId &id);
std::vector<Device> devices_of(Session &session, const InstitutionId &institution);
std::vector<Device> all_devices(Session &session);

/// This certificate request of the device's is never to be answered again: a newer one has its place.
void retire_request(Session &session, const Device &device, const Sha256 &request, std::int64_t now_ms);
bool is_retired(Session &session, const Device &device, const Sha256 &request);

/// False when it is already, or revoked. The reason is kept with its date.
bool quarantine_device(Session &session, const Device &device, const std::string &reason, std::int64_t now_ms);
/// Ends a quarantine by somebody's decision. False: it is in none.
bool release_device(Session &session, const Device &device, const std::string &reason, const std::string &by,
                    std::int64_t now_ms);
struct Decision {
    std::int64_t decided_ms = 0;
    std::string decision; ///< "quarantined" or "released"
    std::string reason, by;
};
/// The oldest first.
std::vector<Decision> decisions_of(Session &session, const InstitutionId &institution, const DeviceId &device);

/// A claim that waits for an operator.
struct PendingClaim {
    DeviceId device;
    std::string code;
    std::int64_t asked_ms = 0;
    std::string peer; ///< address it was asked from
};
void save_pending_claim(Session &session, const PendingClaim &claim);
std::optional<PendingClaim> pending_claim_of(Session &session, const DeviceId &device);
std::optional<PendingClaim> pending_claim_with(Session &session, const std::string &code);
void remove_pending_claim(Session &session, const DeviceId &device);
void remove_pending_claims_before(Session &session, std::int64_t asked_ms);
std::int64_t pending_claims(Session &session);
std::int64_t pending_claims_from(Session &session, const std::string &peer);
void remove_oldest_pending_claim(Session &session);
void remove_oldest_pending_claim_from(Session &session, const std::string &peer);

} // namespace xueshi::registry::store
