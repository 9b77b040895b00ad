#pragma once

#include <optional>
#include <span>
#include <vector>

#include "firmware/core/identity/key_table.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::identity {

/// SHA-256(prev || body).
Sha256 link_hash(const Sha256 &prev, std::string_view body);
/// The signed message: prev || body.
Bytes signed_message(const Sha256 &prev, std::string_view body);

/// What an event shows by itself: its hash, body and signature hold, the body agrees with the columns and names device,
/// chain and the key's suite. Thread-safe. Error: corrupt or denied, with the seq in the message.
Expected<record::EventBody> check_event(const PublicKey &key, const DeviceId &device, const ChainId &chain,
                                        const record::StoredEvent &event);
/// check_event of each, in their order; with the key's table in less than half of the time. Thread-safe.
std::vector<Expected<record::EventBody>> check_events(const PublicKey &key, const KeyTable *table,
                                                      const DeviceId &device, const ChainId &chain,
                                                      std::span<const record::StoredEvent> events);
/// Whether it follows the head before it. Error: corrupt, as above.
Expected<void> check_link(const record::StoredEvent &event, record::Sequence head_seq, const Sha256 &head_hash);

/// Follows a chain from a known head: feed events in order. Stops at the first that does not hold.
class ChainVerifier {
public:
    /// From the start of a chain (seq 0, 32 zero bytes), or after an acknowledged head.
    ChainVerifier(const PublicKey &key, DeviceId device, ChainId chain, record::Sequence head_seq = 0,
                  const Sha256 &head_hash = {});

    /// check_link, then check_event. After an error the verifier stays where it was.
    Expected<record::EventBody> feed(const record::StoredEvent &event);

    record::Sequence head_seq() const { return head_seq_; }
    const Sha256 &head_hash() const { return head_hash_; }

private:
    const PublicKey &key_;
    DeviceId device_;
    ChainId chain_;
    record::Sequence head_seq_;
    Sha256 head_hash_;
};

} // namespace xueshi::identity
