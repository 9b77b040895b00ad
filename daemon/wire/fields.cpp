#include "daemon/wire/fields.hpp"

#include <algorithm>

#include "firmware/core/base/ids.hpp"

namespace xueshi::wire {

Sha256 hash_field(json::ObjectReader &reader, std::string_view key) {
    const auto hash = parse_sha256(reader.string(key, 2 * Sha256{}.size()));
    if (reader.ok() && !hash) {
        reader.error(key, "must be 64 hex digits");
    }
    return hash.value_or(Sha256{});
}

Bytes bytes_field(json::ObjectReader &reader, std::string_view key, std::size_t max_bytes) {
    const auto bytes = parse_base64(reader.string(key, (max_bytes + 2) / 3 * 4));
    if (!reader.ok()) {
        return {};
    }
    if (!bytes || bytes->empty() || bytes->size() > max_bytes) {
        reader.error(key, "must be base64 of 1 to " + std::to_string(max_bytes) + " bytes");
        return {};
    }
    return *bytes;
}

std::string uuid_field(json::ObjectReader &reader, std::string_view key) {
    const std::string text = reader.string(key, 36);
    if (!reader.ok()) {
        return {};
    }
    const auto uuid = Uuid::parse(text);
    if (!uuid || uuid->str() != text) {
        reader.error(key, "must be a UUID in lower case");
        return {};
    }
    return text;
}

} // namespace xueshi::wire
