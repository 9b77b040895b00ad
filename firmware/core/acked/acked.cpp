#include "firmware/core/acked/acked.hpp"

#include <algorithm>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"

namespace xueshi::acked {

namespace {

constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1;
constexpr std::size_t kMaxPayload = 4 * 1024, kMaxSignature = 1024;
constexpr std::uint64_t kMaxKeyBytes = 8 * 1024;

Expected<std::vector<Sha256>> read_media(const json::Value &value) {
    const json::Array *entries = value.if_array();
    if (entries == nullptr || entries->size() > kMaxMedia) {
        return fail(ErrorCode::invalid_argument, "acked.media: a list of digests expected");
    }
    std::vector<Sha256> media;
    for (const json::Value &entry : *entries) {
        const auto digest = parse_sha256(entry.is_string() ? std::string_view(entry.get_string()) : "");
        if (!digest) {
            return fail(ErrorCode::invalid_argument, "acked.media: not a SHA-256 in hex");
        }
        media.push_back(*digest);
    }
    return media;
}

} // namespace

std::string write_acked(const Acked &acked) {
    json::Object receipt;
    receipt["payload"] = acked.receipt.payload;
    receipt["signature"] = base64(acked.receipt.signature);
    json::Array media;
    for (const Sha256 &digest : acked.media) {
        media.push_back(json::Value(hex(digest)));
    }
    json::Object out;
    out["chain_id"] = acked.chain.str();
    out["seq"] = acked.seq;
    out["receipt"] = std::move(receipt);
    out["media"] = std::move(media);
    return json::serialize(out);
}

Expected<Acked> read_acked(std::string_view text) {
    const auto value = json::parse(text, json::Limits{.bytes = kMaxBytes, .depth = 4});
    if (!value) {
        return tl::unexpected(value.error());
    }
    json::ObjectReader reader(*value, "acked");
    Acked acked;
    acked.chain = ChainId(reader.string("chain_id", 36));
    acked.seq = reader.integer("seq", 0, kMaxInteger);
    const json::Value receipt_value(reader.object("receipt"));
    json::ObjectReader receipt(receipt_value, "acked.receipt");
    acked.receipt.payload = receipt.string("payload", kMaxPayload);
    auto signature = parse_base64(receipt.string("signature", kMaxSignature));
    const json::Value *media_value = reader.optional("media");
    auto media = media_value != nullptr ? read_media(*media_value) : std::vector<Sha256>{};
    for (const auto &done : {receipt.finish(), reader.finish()}) {
        if (!done) {
            return tl::unexpected(done.error());
        }
    }
    if (!signature || !media) {
        return tl::unexpected(!signature ? signature.error() : media.error());
    }
    acked.receipt.signature = std::move(*signature);
    acked.media = std::move(*media);
    return acked;
}

Expected<identity::Receipt> read_receipt(const std::filesystem::path &sync) {
    const auto path = sync / "acked.json", key_path = sync / "registry_key.pem";
    const auto text = read_file(path, kMaxBytes);
    if (!text) {
        return tl::unexpected(text.error());
    }
    const auto pem = read_file(key_path, kMaxKeyBytes);
    if (!pem) { // not_found here would read as "nothing was acknowledged"
        return fail(ErrorCode::denied, "no key of the registry to check it with: " + pem.error().message);
    }
    const auto key = identity::PublicKey::from_pem(*pem);
    if (!key) {
        return fail(key, key_path.string());
    }
    const auto acked = read_acked(*text);
    if (!acked) {
        return fail(acked, path.string());
    }
    auto receipt = identity::open_receipt(*key, acked->receipt);
    return receipt ? std::move(receipt) : fail(receipt, path.string());
}

} // namespace xueshi::acked
