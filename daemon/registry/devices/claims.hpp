#pragma once

#include "daemon/registry/devices/authority.hpp"
#include "daemon/registry/devices/directory.hpp"
#include "daemon/wire/messages.hpp"
#include "firmware/core/base/clock.hpp"

namespace xueshi::registry::devices {

/// The public keys that a device pins.
struct RegistryKeys {
    std::string signing_pem; ///< of receipts and rosters
    std::string sealing_pem; ///< what comes by stick is sealed for it
};

/// POST /v1/claim, and the operator's approval.
class Claims {
public:
    Claims(store::Store &store, const Authority &authority, Directory &directory, RegistryKeys keys,
           const Clock &clock);

    /// 200 with a certificate, 202 with a short code, or a problem. The same device asking again with the same request
    /// gets the same answer: an acknowledgement may have been lost (F13). An older request of it is a copy: 409 (F25).
    /// Only so many wait for an operator, and fewer of one address: the oldest gives way, and gets another code when
    /// it asks again.
    boost::asio::awaitable<http::Response> claim(http::Request request);

    /// Approves the claim that shows `code`; not_found when there is none or it is a day old.
    Expected<DeviceId> approve(store::Session &session, const std::string &code, const InstitutionId &institution,
                               const RoomId &room) const;

private:
    struct Outcome {
        store::Device device;
        std::string code; ///< not empty: waits
    };
    Expected<Outcome> decide(store::Session &session, const wire::ClaimRequest &request, const DeviceId &id,
                             const std::string &peer) const;
    Expected<store::Device> admit(store::Session &session, const wire::ClaimRequest &request, store::Device device,
                                  std::int64_t now_ms) const;
    Expected<Outcome> wait_for_operator(store::Session &session, const DeviceId &id, const std::string &peer,
                                        std::int64_t now_ms) const;

    store::Store &store_;
    const Authority &authority_;
    Directory &directory_;
    RegistryKeys keys_;
    const Clock &clock_;
};

} // namespace xueshi::registry::devices
