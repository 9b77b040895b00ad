#include "daemon/registry/store/text.hpp"

#include <algorithm>
#include <stdexcept>

namespace xueshi::registry::store {

Sha256 hash_from_column(const std::string &text) {
    const auto bytes = parse_hex(text);
    Sha256 hash{};
    if (!bytes || bytes->size() != hash.size()) {
        throw std::runtime_error("a hash in the database is damaged");
    }
    std::copy(bytes->begin(), bytes->end(), hash.begin());
    return hash;
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
