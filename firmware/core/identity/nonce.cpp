#include "firmware/core/identity/nonce.hpp"

#include "firmware/core/record/canonical_json.hpp"

namespace xueshi::identity {
namespace {

constexpr std::string_view kNoncePurpose = "xueshi-nonce-v1";
constexpr std::size_t kMaxPayloadBytes = 512, kNumberDigits = 32;
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

} // namespace

Expected<SignedDocument> sign_nonce(const Signer &signer, const Nonce &nonce) {
    json::Object out;
    out["device"] = nonce.device.str();
    out["nonce"] = nonce.number;
    out["wall_ms"] = nonce.wall_ms;
    auto payload = record::canonical_json(std::move(out));
    return payload ? sign_document(signer, kNoncePurpose, std::move(*payload))
                   : Expected<SignedDocument>(fail(payload, "nonce"));
}

Expected<Nonce> open_nonce(const PublicKey &registry_key, const SignedDocument &document) {
    if (const auto holds = verify_document(registry_key, kNoncePurpose, document); !holds) {
        return tl::unexpected<Error>(holds.error());
    }
    const auto value = json::parse(document.payload, json::Limits{.bytes = kMaxPayloadBytes});
    if (!value) {
        return fail(value, "nonce");
    }
    json::ObjectReader reader(*value, "nonce");
    Nonce nonce;
    nonce.device = DeviceId(reader.string("device", 64));
    nonce.number = reader.string("nonce", kNumberDigits);
    nonce.wall_ms = reader.integer("wall_ms", 1, kLargestInteger);
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return nonce;
}

json::Object nonce_data(const SignedDocument &document) {
    return document_fields(document);
}

Expected<SignedDocument> nonce_from_data(const json::Object &data) {
    return read_document_fields(data, kMaxPayloadBytes, "nonce");
}

} // namespace xueshi::identity
