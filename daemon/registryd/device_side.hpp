#pragma once

#include <optional>

#include "daemon/registry/devices/claims.hpp"
#include "daemon/registry/devices/commands.hpp"
#include "daemon/registry/devices/rosters.hpp"
#include "daemon/registry/ingest/ingest.hpp"
#include "daemon/registry/media/media.hpp"

namespace xueshi::registryd {

/// The device listener: the claim without a client certificate, everything else with one.
class DeviceSide {
public:
    DeviceSide(registry::devices::Claims &claims, registry::devices::Rosters &rosters, registry::ingest::Ingest &ingest,
               registry::media::Media &media, registry::devices::Commands &commands,
               const registry::devices::Directory &directory, const identity::Signer &signer, const Clock &clock);

    /// Before the body: 404 and 405 for what there is not, 401 and 403 for certificates (F20).
    std::optional<http::Response> gate(const http::Request &request) const;
    /// Each answer to a device carries a signed nonce.
    boost::asio::awaitable<http::Response> handle(http::Request request);

private:
    boost::asio::awaitable<http::Response> answer(registry::store::Device device, http::Request request);

    registry::devices::Claims &claims_;
    registry::devices::Rosters &rosters_;
    registry::ingest::Ingest &ingest_;
    registry::media::Media &media_;
    registry::devices::Commands &commands_;
    const registry::devices::Directory &directory_;
    const identity::Signer &signer_;
    const Clock &clock_;
};

} // namespace xueshi::registryd
