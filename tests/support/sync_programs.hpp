#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"

/// How tests that run the programs themselves call them.
namespace xueshi::test {

/// xueshi-registryd of the folder `programs` on `state`, on loopback, at ports that the system chooses.
inline std::vector<std::string> registryd_command(const std::filesystem::path &programs,
                                                  const std::filesystem::path &state) {
    return {programs / "xueshi-registryd",
            "--state.directory",
            state,
            "--device.port",
            "0",
            "--bureau.port",
            "0",
            "--tls.names",
            "127.0.0.1",
            "--clock.source",
            "host",
            "--log.level",
            "warning"};
}

/// Where that one listens for devices; nothing: it does not yet.
inline std::optional<std::uint16_t> device_port_of(const std::filesystem::path &state) {
    const auto text = read_file(state / "endpoints.json", 4'096);
    const auto value = text ? json::parse(*text) : Expected<json::Value>(json::Value());
    const json::Value *port = value && value->is_object() ? value->get_object().if_contains("device_port") : nullptr;
    return port != nullptr && port->is_int64() ? std::optional(static_cast<std::uint16_t>(port->get_int64()))
                                               : std::nullopt;
}

/// A terminal's directory, and the registry that its sync daemon goes to.
struct SyncdPlaces {
    std::filesystem::path directory; ///< of terminal/ (with control.sock) and sync/
    std::filesystem::path registry_state;
    std::uint16_t port = 0; ///< of the registry, or of what stands before it
    std::string token;
};
/// xueshi-syncd of the folder `programs`, which sends every clip.
inline std::vector<std::string> syncd_command(const std::filesystem::path &programs, const SyncdPlaces &places) {
    return {programs / "xueshi-syncd",
            "--sync.directory",
            places.directory / "sync",
            "--terminal.directory",
            places.directory / "terminal",
            "--control.socket",
            places.directory / "terminal/control.sock",
            "--registry.url",
            "https://127.0.0.1:" + std::to_string(places.port),
            "--registry.ca_file",
            places.registry_state / "ca.pem",
            "--registry.token",
            places.token,
            "--clips.upload",
            "all",
            "--clock.source",
            "host",
            "--log.level",
            "warning"};
}

} // namespace xueshi::test
