#pragma once

#include <filesystem>
#include <string>

#include "firmware/core/base/error.hpp"

namespace xueshi::kiosk {

/// What a browser in the local network is shown. No authority vouches for it: people compare the fingerprint with the
/// one on the terminal's own screen.
struct LanCertificate {
    std::filesystem::path certificate, key;
    std::string fingerprint; ///< SHA-256, as browsers write it: "AB:CD:…"
};

/// A P-256 key and its self-made certificate, lan_certificate.pem and lan_key.pem (0600) in `directory`. Made once, and
/// again where they are damaged or do not belong together. Valid from 2024 to the end of 2049, since a terminal makes
/// it before it has a time. Error: of the files.
Expected<LanCertificate> open_or_create_lan_certificate(const std::filesystem::path &directory,
                                                        const std::string &device);

} // namespace xueshi::kiosk
