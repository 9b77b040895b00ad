#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

namespace xueshi::identity {

using SealingKey = std::array<std::uint8_t, 32>;

/// Loads the data key (0600) or makes it, durably.
Expected<SealingKey> open_or_create_sealing_key(const std::filesystem::path &path);

/// AES-256-GCM: 12 random bytes, ciphertext, 16-byte tag. `associated` is authenticated, not stored.
Expected<Bytes> seal(const SealingKey &key, ByteView plain, std::string_view associated);
/// Error: denied when key, bytes or associated data differ.
Expected<Bytes> open_sealed(const SealingKey &key, ByteView sealed, std::string_view associated);

} // namespace xueshi::identity
