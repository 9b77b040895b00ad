#pragma once

#include "daemon/registry/store/devices.hpp"
#include "daemon/registry/store/store.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/http/server.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/roster/roster.hpp"

namespace xueshi::registry::devices {

/// Everything the terminal in `device.room` needs: the classes that have a lesson there and did not end long ago.
Expected<roster::Roster> build_roster(store::Session &session, const store::Device &device, std::int64_t now_ms);

/// GET /v1/roster: the signed document; 304 when the device has this content (the ETag leaves `as_of_ms` out).
class Rosters {
public:
    Rosters(store::Store &store, const identity::Signer &signer, const Clock &clock);
    boost::asio::awaitable<http::Response> get(store::Device device, http::Request request);

private:
    store::Store &store_;
    const identity::Signer &signer_;
    const Clock &clock_;
};

} // namespace xueshi::registry::devices
