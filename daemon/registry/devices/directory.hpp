#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "daemon/registry/store/devices.hpp"
#include "firmware/core/http/server.hpp"

namespace xueshi::registry::devices {

/// The devices as the database has them, in memory: answers the gate before a body is read, without SQL. Thread-safe.
class Directory {
public:
    void load(const std::vector<store::Device> &devices);
    /// After the transaction that changed it.
    void put(const store::Device &device);
    std::optional<store::Device> find(const DeviceId &id) const;

private:
    mutable std::mutex mutex_;
    std::map<DeviceId, store::Device> devices_;
};

/// The device that this request's certificate speaks for: known, not revoked, and with its newest certificate. Else
/// the refusal: 401 without a certificate, 403 with a wrong one (F20).
tl::expected<store::Device, http::Response> authenticate(const Directory &directory, const http::Request &request);

} // namespace xueshi::registry::devices
