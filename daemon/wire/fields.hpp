#pragma once

#include <cstdint>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/json.hpp"

/// Fields that are bytes in C++ and text on the wire. Errors go to the reader, like its own.
namespace xueshi::wire {

inline constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1; ///< what every JSON reader holds exactly
inline constexpr std::size_t kMaxSignatureBytes = 256; ///< ECDSA P-256 and SM2 need 72; RSA 2048 would need 256

/// 64 hex digits.
Sha256 hash_field(json::ObjectReader &reader, std::string_view key);
/// Base64 of 1 to `max_bytes` bytes.
Bytes bytes_field(json::ObjectReader &reader, std::string_view key, std::size_t max_bytes);
/// A UUID in its lower-case form, handed back as text.
std::string uuid_field(json::ObjectReader &reader, std::string_view key);

} // namespace xueshi::wire
