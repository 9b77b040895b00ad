#pragma once

#include <optional>
#include <vector>

#include "daemon/registry/store/chains.hpp"
#include "daemon/registry/store/devices.hpp"
#include "daemon/rules/counting.hpp"
#include "daemon/wire/messages.hpp"
#include "firmware/core/identity/keys.hpp"

namespace xueshi::registry::ingest {

/// What became of a batch, before the receipt is signed.
struct BatchOutcome {
    std::vector<wire::EventResult> results; ///< one an event
    store::Chain chain;                     ///< as it is now
};

/// Who brought a batch.
enum class Sender {
    device, ///< itself, by its TLS key
    anybody ///< by stick: only what the device signed can be believed
};

/// Takes a batch of `device` in, inside one transaction. Each event is, in order:
///   duplicate  held already, the same;
///   conflict   another body at a held seq or id, or it does not follow the held head: kept aside, one alarm; if the
///              device signed both it and a held event that it contradicts, the device is quarantined (its card was
///              copied or put back);
///   invalid    does not hold (body, device, chain, hash, signature): quarantined, and the chain goes on behind it if
///              the device sent it, or signed an event that follows it in this batch. The sound event may still come;
///   not_tried  an earlier seq is missing, and no later chain declared it lost;
///   stored     with its flags, the next ingest position, and the newest nonce before it in its chain that
///              `registry_key` signed (absent: none counts).
Expected<BatchOutcome> take_batch(store::Session &session, const store::Device &device, const wire::EventBatch &batch,
                                  const rules::CountingPolicy &policy, std::int64_t now_ms,
                                  const identity::PublicKey *registry_key = nullptr, Sender sender = Sender::device);

} // namespace xueshi::registry::ingest
