#pragma once

#include <string>
#include <string_view>

#include "firmware/core/base/json.hpp"
#include "firmware/core/identity/keys.hpp"
#include "firmware/core/record/event.hpp"

namespace xueshi::identity {

/// {"payload":"<text>","signature":"<base64 DER>"}: the payload's text is what is signed, after "<purpose>\n", so that
/// a receipt is never taken for a roster.
struct SignedDocument {
    std::string payload;
    Bytes signature;
};
Expected<SignedDocument> sign_document(const Signer &signer, std::string_view purpose, std::string payload);
Expected<void> verify_document(const PublicKey &key, std::string_view purpose, const SignedDocument &document);
std::string write_document(const SignedDocument &document);
/// As an event's data or a verb's arguments carry it: {payload, signature}, the payload of at most `max_payload` bytes.
json::Object document_fields(const SignedDocument &document);
Expected<SignedDocument> read_document_fields(const json::Object &data, std::size_t max_payload, std::string_view what);
Expected<SignedDocument> read_document(std::string_view text, std::size_t max_bytes);

/// What the registry says it holds durably. Purpose "xueshi-receipt-v1".
struct Receipt {
    DeviceId device;
    ChainId chain;
    record::Sequence through_seq = 0; ///< all events up to here are stored
    Sha256 head_hash{};               ///< of the event through_seq
    std::int64_t count = 0;           ///< events stored of this chain
    std::int64_t wall_ms = 0;         ///< registry's clock
    bool operator==(const Receipt &) const = default;
};
Expected<SignedDocument> sign_receipt(const Signer &signer, const Receipt &receipt);
/// Verifies the signature first.
Expected<Receipt> open_receipt(const PublicKey &key, const SignedDocument &document);

} // namespace xueshi::identity
