#include "firmware/core/base/ids.hpp"

#include <algorithm>

#include "firmware/core/base/bytes.hpp"

namespace xueshi {

namespace {

Uuid::Bytes random_uuid_bytes(std::uint8_t version) {
    const Bytes random = random_bytes(16);
    Uuid::Bytes bytes{};
    std::copy(random.begin(), random.end(), bytes.begin());
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | (version << 4));
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return bytes;
}

} // namespace

Uuid Uuid::v4() {
    return Uuid(random_uuid_bytes(4));
}

Uuid Uuid::v7(std::int64_t unix_ms) {
    Bytes bytes = random_uuid_bytes(7);
    for (std::size_t i = 0; i < 6; ++i) {
        bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(unix_ms) >> (40 - 8 * i));
    }
    return Uuid(bytes);
}

Expected<Uuid> Uuid::parse(std::string_view text) {
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-') {
                return fail(ErrorCode::invalid_argument, "not a UUID: a dash is missing");
            }
        } else {
            digits += text[i];
        }
    }
    auto bytes = parse_hex(digits);
    if (text.size() != 36 || !bytes || bytes->size() != 16) {
        return fail(ErrorCode::invalid_argument, "not a UUID of 32 hexadecimal digits and 4 dashes");
    }
    Bytes result{};
    std::copy(bytes->begin(), bytes->end(), result.begin());
    return Uuid(result);
}

std::string Uuid::str() const {
    std::string text = hex(bytes_);
    for (const std::size_t position : {8U, 13U, 18U, 23U}) {
        text.insert(position, 1, '-');
    }
    return text;
}

std::int64_t Uuid::unix_ms() const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 6; ++i) {
        value = (value << 8) | bytes_[i];
    }
    return static_cast<std::int64_t>(value);
}

} // namespace xueshi
