#pragma once

#include <filesystem>
#include <string>

#include "firmware/core/base/error.hpp"

namespace xueshi::identity {

/// The TLS client key (P-256, PKCS#8 PEM, 0600): loaded or made, durably. Gives the PEM of a certificate request
/// whose common name is `common_name` (the registry puts the real device id into the certificate).
Expected<std::string> make_certificate_request(const std::filesystem::path &key_path, std::string_view common_name);

/// When a certificate (PEM) ends, UTC milliseconds since 1970. Error: corrupt.
Expected<std::int64_t> certificate_ends_ms(std::string_view pem);

/// SubjectPublicKeyInfo (PEM) of a certificate. Error: corrupt; unsupported for another key than ours.
Expected<std::string> public_key_of_certificate(std::string_view pem);

} // namespace xueshi::identity
