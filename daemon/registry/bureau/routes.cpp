#include "daemon/registry/bureau/routes.hpp"

#include <algorithm>
#include <optional>

namespace xueshi::registry::bureau {

const std::vector<Route> &routes() {
    static const std::vector<Route> all{
        {"GET", "/v1/punches", Scope::read, get_punches},
        {"GET", "/v1/requests", Scope::read, get_requests},
        {"GET", "/v1/classes/{id}/attendance", Scope::read, get_attendance},
        {"GET", "/v1/devices", Scope::read, get_devices},
        {"GET", "/v1/devices/{id}/chain", Scope::read, get_chain},
        {"GET", "/v1/devices/{id}/commands", Scope::read, list_commands},
        {"POST", "/v1/devices/{id}/commands", Scope::inspect, order_command},
        {"GET", "/v1/media/{id}", Scope::read, get_media},
        {"HEAD", "/v1/media/{id}", Scope::read, get_media},
        {"POST", "/v1/devices/{id}/stick/events", Scope::filing, take_stick_events},
        {"POST", "/v1/devices/{id}/stick/clips/{id}", Scope::filing, take_stick_clip},
        {"POST", "/v1/devices/{id}/stick/clip-receipt", Scope::filing, make_clip_receipt},
        {"GET", "/v1/devices/{id}/stick/roster", Scope::filing, get_sealed_roster},
        {"POST", "/v1/classes", Scope::filing, file_class},
        {"POST", "/v1/device-tokens", Scope::admin, make_device_token},
        {"POST", "/v1/bureau-tokens", Scope::admin, make_bureau_token},
        {"POST", "/v1/claims/{code}/approve", Scope::admin, approve_claim},
        {"POST", "/v1/devices/{id}/revoke", Scope::admin, revoke_device},
        {"POST", "/v1/devices/{id}/release", Scope::admin, release_device},
    };
    return all;
}

namespace {

std::string_view next_segment(std::string_view &path) {
    path.remove_prefix(1); // the slash
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

std::optional<std::vector<std::string>> captures(std::string_view pattern, std::string_view path) {
    std::vector<std::string> captured;
    while (!pattern.empty() && !path.empty()) {
        const auto wanted = next_segment(pattern), given = next_segment(path);
        if (wanted.starts_with('{') && !given.empty()) {
            captured.emplace_back(given);
        } else if (wanted != given) {
            return std::nullopt;
        }
    }
    return pattern.empty() && path.empty() ? std::optional(std::move(captured)) : std::nullopt;
}

} // namespace

Match match(std::string_view method, std::string_view path) {
    Match found;
    for (const Route &route : routes()) {
        auto captured = captures(route.path, path);
        found.path_known = found.path_known || captured.has_value();
        if (captured && route.method == method) {
            found.route = &route;
            found.captured = std::move(*captured);
            return found;
        }
    }
    return found;
}

} // namespace xueshi::registry::bureau
