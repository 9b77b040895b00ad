#pragma once

#include <optional>

#include "daemon/registry/bureau/access.hpp"
#include "daemon/registry/devices/claims.hpp"
#include "daemon/registry/devices/commands.hpp"
#include "daemon/registry/media/objects.hpp"
#include "daemon/registry/sticks/sticks.hpp"
#include "daemon/rules/counting.hpp"
#include "firmware/core/base/clock.hpp"
#include "firmware/core/http/server.hpp"

namespace xueshi::registry::bureau {

/// The policy counts what only a demonstration may: everything such a registry says is marked so.
bool is_demonstration(const rules::CountingPolicy &policy);

/// The bureau's side of the registry: bearer tokens, pulls, filing, tokens and approvals.
class Bureau {
public:
    Bureau(store::Store &store, Tokens &tokens, const devices::Claims &claims, devices::Directory &directory,
           devices::Commands &commands, const sticks::Sticks &sticks, const Clock &clock, rules::CountingPolicy policy,
           media::Objects clips);

    /// Before the body: 401 without a good token, 404 and 405 for what there is not, 403 without the scope.
    std::optional<http::Response> gate(const http::Request &request) const;
    boost::asio::awaitable<http::Response> handle(http::Request request);

private:
    store::Store &store_;
    Tokens &tokens_;
    const devices::Claims &claims_;
    devices::Directory &directory_;
    devices::Commands &commands_;
    const sticks::Sticks &sticks_;
    const Clock &clock_;
    rules::CountingPolicy policy_;
    media::Objects clips_;
};

} // namespace xueshi::registry::bureau
