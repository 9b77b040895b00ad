#pragma once

#include <filesystem>

#include "firmware/core/identity/signed_document.hpp"

namespace xueshi::stick {

/// Reads a receipt (stick_format.md), or the one in an acked.json, and verifies it with the registry's key.
/// Error: denied when it does not hold; invalid_argument for no receipt.
Expected<identity::Receipt> read_receipt_file(const std::filesystem::path &path, const identity::PublicKey &registry);

/// A public key (PEM) as somebody gave it in a file.
Expected<identity::PublicKey> read_key_file(const std::filesystem::path &path);

} // namespace xueshi::stick
