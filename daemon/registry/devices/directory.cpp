#include "daemon/registry/devices/directory.hpp"

#include "daemon/registry/devices/authority.hpp"
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::registry::devices {

void Directory::load(const std::vector<store::Device> &devices) {
    for (const store::Device &device : devices) {
        put(device);
    }
}

void Directory::put(const store::Device &device) {
    const std::lock_guard lock(mutex_);
    devices_[device.id] = device;
}

std::optional<store::Device> Directory::find(const DeviceId &id) const {
    const std::lock_guard lock(mutex_);
    const auto found = devices_.find(id);
    return found == devices_.end() ? std::nullopt : std::optional(found->second);
}

tl::expected<store::Device, http::Response> authenticate(const Directory &directory, const http::Request &request) {
    if (request.client_certificate_pem.empty()) {
        return tl::unexpected(http::problem(401, "Unauthorized", "a device certificate is needed: claim the device"));
    }
    const auto certificate = read_client_certificate(request.client_certificate_pem);
    auto device = certificate ? directory.find(certificate->device) : std::nullopt;
    const bool holds = device && !device->certificate_serial.empty() && device->state != store::DeviceState::revoked &&
                       equal_secret(device->certificate_serial, certificate->serial);
    if (!holds) {
        log::warning("device_refused",
                     {{"device", certificate ? certificate->device.str() : "?"}, {"peer", request.peer}});
        return tl::unexpected(http::problem(403, "Forbidden", "this certificate is revoked, replaced or of no device"));
    }
    return *device;
}

} // namespace xueshi::registry::devices
