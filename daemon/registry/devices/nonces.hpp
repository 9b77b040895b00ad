#pragma once

#include <cstdint>

#include "firmware/core/base/clock.hpp"
#include "firmware/core/http/server.hpp"
#include "firmware/core/identity/keys.hpp"

namespace xueshi::registry::devices {

/// Puts a fresh signed nonce for the device into an answer (wire::kNonceHeader).
void add_nonce(http::Response &response, const identity::Signer &signer, const DeviceId &device, std::int64_t now_ms);

} // namespace xueshi::registry::devices
