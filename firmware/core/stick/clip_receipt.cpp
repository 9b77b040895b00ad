#include "firmware/core/stick/clip_receipt.hpp"

#include "firmware/core/record/canonical_json.hpp"

namespace xueshi::stick {
namespace {

constexpr std::string_view kPurpose = "xueshi-clip-receipt-v1";
constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

std::vector<Sha256> read_clips(json::ObjectReader &reader) {
    std::vector<Sha256> clips;
    for (const json::Value &entry : reader.array("clips", kMaxClipsInReceipt)) {
        const auto digest = parse_sha256(entry.is_string() ? std::string_view(entry.get_string()) : "");
        if (!digest) {
            reader.error("clips", "not a SHA-256 in hex");
            break;
        }
        clips.push_back(*digest);
    }
    return clips;
}

} // namespace

Expected<identity::SignedDocument> sign_clip_receipt(const identity::Signer &signer, const ClipReceipt &receipt) {
    json::Array clips;
    for (const Sha256 &digest : receipt.clips) {
        clips.emplace_back(hex(digest));
    }
    json::Object payload;
    payload["device"] = receipt.device.str();
    payload["wall_ms"] = receipt.wall_ms;
    payload["clips"] = std::move(clips);
    auto text = record::canonical_json(payload);
    return text ? identity::sign_document(signer, kPurpose, std::move(*text)) : tl::unexpected<Error>(text.error());
}

Expected<ClipReceipt> open_clip_receipt(const identity::PublicKey &key, const identity::SignedDocument &document) {
    if (const auto holds = identity::verify_document(key, kPurpose, document); !holds) {
        return tl::unexpected<Error>(holds.error());
    }
    const auto value = json::parse(document.payload, json::Limits{.bytes = kMaxClipReceiptBytes});
    if (!value) {
        return fail(value, "clip receipt");
    }
    json::ObjectReader reader(*value, "clip receipt");
    ClipReceipt receipt;
    receipt.device = DeviceId(reader.string("device", 64));
    receipt.wall_ms = reader.integer("wall_ms", 0, kLargestInteger);
    receipt.clips = read_clips(reader);
    if (const auto done = reader.finish(); !done) {
        return tl::unexpected<Error>(done.error());
    }
    return receipt;
}

} // namespace xueshi::stick
