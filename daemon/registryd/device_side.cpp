#include "daemon/registryd/device_side.hpp"

#include <string_view>

#include "daemon/registry/devices/nonces.hpp"
#include "daemon/wire/commands.hpp"

namespace xueshi::registryd {

namespace devices = registry::devices;

namespace {

constexpr std::string_view kClaim = "/v1/claim", kEvents = "/v1/events", kRoster = "/v1/roster";

/// The method a path takes; empty: there is no such path.
std::string_view method_of(std::string_view path) {
    if (path == kClaim || path == kEvents) {
        return "POST";
    }
    return path == kRoster || path == wire::kCommandsPath ? "GET" : "";
}

/// tus has its version in every answer.
http::Response in_tus(http::Response response) {
    response.headers["Tus-Resumable"] = wire::kTusVersion;
    return response;
}

} // namespace

DeviceSide::DeviceSide(devices::Claims &claims, devices::Rosters &rosters, registry::ingest::Ingest &ingest,
                       registry::media::Media &media, devices::Commands &commands, const devices::Directory &directory,
                       const identity::Signer &signer, const Clock &clock)
    : claims_(claims), rosters_(rosters), ingest_(ingest), media_(media), commands_(commands), directory_(directory),
      signer_(signer), clock_(clock) {}

std::optional<http::Response> DeviceSide::gate(const http::Request &request) const {
    if (registry::media::Media::is_media(request)) {
        const auto device = devices::authenticate(directory_, request);
        return device ? media_.gate(request) : std::optional(in_tus(device.error()));
    }
    const auto method = method_of(request.path);
    if (method.empty()) {
        return http::problem(404, "Not found", "no such path");
    }
    if (request.method != method) {
        return http::problem(405, "Method not allowed", "this path takes another method");
    }
    if (request.path == kClaim) {
        return std::nullopt;
    }
    const auto device = devices::authenticate(directory_, request);
    return device ? std::nullopt : std::optional(device.error());
}

boost::asio::awaitable<http::Response> DeviceSide::handle(http::Request request) {
    if (request.path == kClaim) {
        co_return co_await claims_.claim(std::move(request));
    }
    auto device = devices::authenticate(directory_, request); // again: the gate keeps nothing
    if (!device) {
        co_return registry::media::Media::is_media(request) ? in_tus(device.error()) : device.error();
    }
    const DeviceId id = device->id;
    auto response = co_await answer(std::move(*device), std::move(request));
    devices::add_nonce(response, signer_, id, clock_.now().wall_ms);
    co_return response;
}

boost::asio::awaitable<http::Response> DeviceSide::answer(registry::store::Device device, http::Request request) {
    if (registry::media::Media::is_media(request)) {
        co_return co_await media_.handle(std::move(device), std::move(request));
    }
    if (request.path == kEvents) {
        co_return co_await ingest_.post(std::move(device), std::move(request));
    }
    if (request.path == wire::kCommandsPath) {
        co_return co_await commands_.get(std::move(device), std::move(request));
    }
    co_return co_await rosters_.get(std::move(device), std::move(request));
}

} // namespace xueshi::registryd
