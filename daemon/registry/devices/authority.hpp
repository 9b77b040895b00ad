#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "firmware/core/base/error.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::registry::devices {

/// A client certificate as the authority made it.
struct IssuedCertificate {
    std::string pem;
    std::string serial; ///< lower-case hex
};

/// The registry's own certificate authority (P-256): signs the server's certificate and the devices' ones. Thread-safe
/// after it was opened.
class Authority {
public:
    /// In `directory`: ca.pem, ca.key, server.pem, server.key (keys 0600). Made at the first start; the server's
    /// certificate again when its names changed or it ends within 30 days. `names`: host names and IP addresses.
    static Expected<std::unique_ptr<Authority>> open(const std::filesystem::path &directory,
                                                     const std::vector<std::string> &names, std::int64_t now_ms);
    Authority(const Authority &) = delete;
    Authority &operator=(const Authority &) = delete;
    ~Authority();

    const std::string &ca_pem() const;
    std::filesystem::path ca_file() const, server_certificate_file() const, server_key_file() const;

    /// For the device's own key in `request_pem`, whose self-signature must hold (denied). The common name is the
    /// device id whatever the request says; good for TLS clients only.
    Expected<IssuedCertificate> issue(std::string_view request_pem, const DeviceId &device, std::int64_t now_ms) const;

private:
    struct Impl;
    explicit Authority(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// What the registry looks at in a client certificate that TLS has verified.
struct ClientCertificate {
    DeviceId device;    ///< common name
    std::string serial; ///< lower-case hex
};
Expected<ClientCertificate> read_client_certificate(std::string_view pem);

} // namespace xueshi::registry::devices
