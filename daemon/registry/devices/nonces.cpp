#include "daemon/registry/devices/nonces.hpp"

#include "daemon/wire/nonce.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::registry::devices {

void add_nonce(http::Response &response, const identity::Signer &signer, const DeviceId &device, std::int64_t now_ms) {
    identity::Nonce nonce;
    nonce.device = device;
    nonce.number = hex(random_bytes(16));
    nonce.wall_ms = now_ms;
    const auto document = identity::sign_nonce(signer, nonce);
    if (!document) { // the answer is good without it
        log::error("nonce_not_signed", {log::Field(document.error())});
        return;
    }
    response.headers[std::string(wire::kNonceHeader)] = wire::write_nonce_header(*document);
}

} // namespace xueshi::registry::devices
