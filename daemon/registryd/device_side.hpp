#pragma once

#include <optional>

#include "daemon/registry/devices/claims.hpp"
#include "daemon/registry/devices/rosters.hpp"
#include "daemon/registry/ingest/ingest.hpp"
#include "daemon/registry/media/media.hpp"

namespace xueshi::registryd {

/// The device listener: the claim without a client certificate, everything else with one.
class DeviceSide {
public:
    DeviceSide(registry::devices::Claims &claims, registry::devices::Rosters &rosters, registry::ingest::Ingest &ingest,
               registry::media::Media &media, const registry::devices::Directory &directory);

    /// Before the body: 404 and 405 for what there is not, 401 and 403 for certificates (F20).
    std::optional<http::Response> gate(const http::Request &request) const;
    boost::asio::awaitable<http::Response> handle(http::Request request);

private:
    registry::devices::Claims &claims_;
    registry::devices::Rosters &rosters_;
    registry::ingest::Ingest &ingest_;
    registry::media::Media &media_;
    const registry::devices::Directory &directory_;
};

} // namespace xueshi::registryd
