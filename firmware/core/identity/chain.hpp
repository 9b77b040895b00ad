#pragma once

#include <optional>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::identity {

/// SHA-256(prev || body).
Sha256 link_hash(const Sha256 &prev, std::string_view body);
/// The signed message: prev || body.
Bytes signed_message(const Sha256 &prev, std::string_view body);

/// Follows a chain from a known head: feed events in order. Stops at the first that does not hold.
class ChainVerifier {
public:
    /// From the start of a chain (seq 0, 32 zero bytes), or after an acknowledged head.
    ChainVerifier(const PublicKey &key, DeviceId device, ChainId chain, record::Sequence head_seq = 0,
                  const Sha256 &head_hash = {});

    /// Body against columns, device, chain and suite; seq follows; prev, hash and signature hold.
    /// Error: corrupt or denied, with the seq in the message; the verifier stays where it was.
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
