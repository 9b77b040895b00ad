#include "daemon/registry/store/text.hpp"

#include <algorithm>
#include <stdexcept>

namespace xueshi::registry::store {

Sha256 hash_from_column(const std::string &text) {
    const auto hash = parse_sha256(text);
    if (!hash) {
        throw std::runtime_error("a hash in the database is damaged");
    }
    return *hash;
}

Bytes signature_from_column(const std::string &text) {
    auto bytes = parse_base64(text);
    if (!bytes) {
        throw std::runtime_error("a signature in the database is damaged");
    }
    return std::move(*bytes);
}

Uuid uuid_from_column(const std::string &text) {
    const auto id = Uuid::parse(text);
    if (!id) {
        throw std::runtime_error("an event id in the database is damaged");
    }
    return *id;
}

} // namespace xueshi::registry::store
