#include "firmware/core/identity/signed_document.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "firmware/core/record/canonical_json.hpp"

namespace xueshi::identity {
namespace {

constexpr std::string_view kReceiptPurpose = "xueshi-receipt-v1";
constexpr std::size_t kMaxSignatureText = 256; // a P-256 DER signature has at most 72 bytes
constexpr std::size_t kMaxReceiptBytes = 4096;
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

Bytes message_of(std::string_view purpose, std::string_view payload) {
    Bytes message;
    message.reserve(purpose.size() + 1 + payload.size());
    message.insert(message.end(), purpose.begin(), purpose.end());
    message.push_back('\n');
    message.insert(message.end(), payload.begin(), payload.end());
    return message;
}

} // namespace

Expected<SignedDocument> sign_document(const Signer &signer, std::string_view purpose, std::string payload) {
    auto signature = signer.sign(message_of(purpose, payload));
    if (!signature) {
        return fail(signature, fmt::format("sign {}", purpose));
    }
    return SignedDocument{std::move(payload), std::move(*signature)};
}

Expected<void> verify_document(const PublicKey &key, std::string_view purpose, const SignedDocument &document) {
    const auto holds = key.verify(message_of(purpose, document.payload), document.signature);
    return holds ? holds : fail(holds, purpose);
}

std::string write_document(const SignedDocument &document) {
    return json::serialize(document_fields(document));
}

json::Object document_fields(const SignedDocument &document) {
    json::Object out;
    out["payload"] = document.payload;
    out["signature"] = base64(document.signature);
    return out;
}

Expected<SignedDocument> read_document_fields(const json::Object &data, std::size_t max_payload,
                                              std::string_view what) {
    const json::Value value(data);
    json::ObjectReader reader(value, std::string(what));
    SignedDocument document;
    document.payload = reader.string("payload", max_payload);
    const auto signature = parse_base64(reader.string("signature", kMaxSignatureText));
    if (!signature || signature->empty()) {
        reader.error("signature", "base64 expected");
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    document.signature = *signature;
    return document;
}

Expected<SignedDocument> read_document(std::string_view text, std::size_t max_bytes) {
    const auto value = json::parse(text, json::Limits{.bytes = max_bytes});
    if (!value) {
        return fail(value, "signed document");
    }
    json::ObjectReader reader(*value, "document");
    SignedDocument document;
    document.payload = reader.string("payload", max_bytes);
    const auto signature = parse_base64(reader.string("signature", kMaxSignatureText));
    if (!signature) {
        reader.error("signature", signature.error().message);
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    document.signature = *signature;
    return document;
}

Expected<SignedDocument> sign_receipt(const Signer &signer, const Receipt &receipt) {
    json::Object out;
    out["device"] = receipt.device.str();
    out["chain"] = receipt.chain.str();
    out["through_seq"] = receipt.through_seq;
    out["head_hash"] = hex(receipt.head_hash);
    out["count"] = receipt.count;
    out["wall_ms"] = receipt.wall_ms;
    auto payload = record::canonical_json(std::move(out));
    if (!payload) {
        return fail(payload, "receipt");
    }
    return sign_document(signer, kReceiptPurpose, std::move(*payload));
}

Expected<Receipt> open_receipt(const PublicKey &key, const SignedDocument &document) {
    if (const auto holds = verify_document(key, kReceiptPurpose, document); !holds) {
        return tl::unexpected<Error>(holds.error());
    }
    const auto value = json::parse(document.payload, json::Limits{.bytes = kMaxReceiptBytes});
    if (!value) {
        return fail(value, "receipt");
    }
    json::ObjectReader reader(*value, "receipt");
    Receipt receipt;
    receipt.device = DeviceId(reader.string("device", 64));
    receipt.chain = ChainId(reader.string("chain", 64));
    receipt.through_seq = reader.integer("through_seq", 0, kLargestInteger);
    const auto head = parse_sha256(reader.string("head_hash", 64));
    receipt.count = reader.integer("count", 0, kLargestInteger);
    receipt.wall_ms = reader.integer("wall_ms", 0, kLargestInteger);
    if (!head) {
        reader.error("head_hash", "64 hex digits expected");
    }
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    receipt.head_hash = *head;
    return receipt;
}

} // namespace xueshi::identity
