#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/registry/store/store.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::registry::store {

/// Lets one device claim itself, once. Only the token's SHA-256 is kept.
struct DeviceToken {
    InstitutionId institution;
    std::string hash; ///< hex
    RoomId room;
    std::int64_t expires_ms = 0;
    DeviceId used_by; ///< empty: not used
    std::int64_t used_ms = 0;
};
void add_device_token(Session &session, const DeviceToken &token);
std::optional<DeviceToken> find_device_token(Session &session, const std::string &hash);
void use_device_token(Session &session, const DeviceToken &token, const DeviceId &by, std::int64_t used_ms);

/// A bureau's or the operator's bearer token.
struct BureauToken {
    InstitutionId institution; ///< the one it covers; empty: see region
    std::string region;        ///< covers all institutions of it; empty: every region
    std::string hash;          ///< hex
    std::string name;
    std::string scopes; ///< "read", "filing", "admin", separated by spaces
    std::int64_t made_ms = 0;
    std::int64_t expires_ms = 0;
};
void add_bureau_token(Session &session, const BureauToken &token);
std::vector<BureauToken> bureau_tokens(Session &session);
/// From then on nobody is let in with it.
void end_bureau_token(Session &session, const BureauToken &token, std::int64_t at_ms);

} // namespace xueshi::registry::store
