#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/error.hpp"

namespace xueshi {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using Sha256 = std::array<std::uint8_t, 32>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

std::string hex(ByteView bytes);
/// Lower or upper case, even length; anything else is invalid_argument.
Expected<Bytes> parse_hex(std::string_view text);
/// RFC 4648 section 4, with padding.
std::string base64(ByteView bytes);
/// Strict: padding required, no white space, no stray bits.
Expected<Bytes> parse_base64(std::string_view text);

Sha256 sha256(ByteView bytes);
/// 64 hexadecimal digits.
Expected<Sha256> parse_sha256(std::string_view text);

/// SHA-256 of a stream.
class Sha256Stream {
public:
    Sha256Stream();
    Sha256Stream(Sha256Stream &&other) noexcept;
    Sha256Stream &operator=(Sha256Stream &&other) noexcept;
    ~Sha256Stream();
    void update(ByteView bytes);
    /// Ends the stream; the object is spent.
    Sha256 finish();

private:
    void *context_;
};

/// From the kernel (getrandom).
Bytes random_bytes(std::size_t count);
/// Unguessable text of `count` random bytes, base64url without padding; never begins with '-', which a spreadsheet
/// takes for a formula and a program for an option.
std::string random_token(std::size_t count = 24);
/// Compares in time that depends on the lengths only.
bool equal_secret(std::string_view a, std::string_view b);

} // namespace xueshi
