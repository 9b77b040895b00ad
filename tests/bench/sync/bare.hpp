#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::bench {

/// What any registry does at least: each event's hash and signature checked on one processor, then inserted, a thousand
/// to a durable transaction, straight with SQLite. No network, no queries, no indices but the key. Seconds.
double check_and_insert(const std::vector<record::StoredEvent> &events, const identity::PublicKey &key,
                        const std::filesystem::path &database);

/// A plain PUT of `bytes` over TLS on loopback by the same client and server libraries; the server hashes what comes
/// and writes it with one fdatasync a mebibyte. Seconds.
double plain_put(std::int64_t bytes, const std::filesystem::path &directory);

} // namespace xueshi::bench
