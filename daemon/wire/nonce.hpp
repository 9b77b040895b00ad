#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "firmware/core/identity/nonce.hpp"

namespace xueshi::wire {

/// Comes with each answer to a device that showed its certificate: a signed nonce, as base64 of its document.
inline constexpr std::string_view kNonceHeader = "Xueshi-Nonce";

std::string write_nonce_header(const identity::SignedDocument &nonce);
/// Its form only; who signed it is for identity::open_nonce.
std::optional<identity::SignedDocument> read_nonce_header(std::string_view text);

} // namespace xueshi::wire
