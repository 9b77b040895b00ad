#include "firmware/xueshictl/held_clips.hpp"

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/stick/clip_receipt.hpp"
#include "firmware/core/stick/outside_file.hpp"
#include "firmware/core/stick/stick_index.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr std::uint64_t kMaxKeyBytes = 8 * 1024;
constexpr std::uint64_t kMaxAnswerBytes = 2 * stick::kMaxClipReceiptBytes; ///< escaped, with its signature

/// Nothing for what is damaged or not the registry's: its clips are exported once more.
std::vector<Sha256> named_by(const std::filesystem::path &answer, const identity::PublicKey &key,
                             const DeviceId &device) {
    const auto text = stick::read_outside_file(answer, kMaxAnswerBytes);
    const auto document = text ? identity::read_document(*text, kMaxAnswerBytes) : tl::unexpected(text.error());
    auto receipt = document ? stick::open_clip_receipt(key, *document) : tl::unexpected(document.error());
    return receipt && receipt->device == device ? std::move(receipt->clips) : std::vector<Sha256>();
}

} // namespace

Expected<std::set<Sha256>> held_clips(const std::filesystem::path &sync, const std::filesystem::path &stick,
                                      const DeviceId &device) {
    std::set<Sha256> held;
    const auto text = read_file(sync / "acked.json", acked::kMaxBytes);
    if (!text) {
        return text.error().code == ErrorCode::not_found ? Expected<std::set<Sha256>>(held)
                                                         : tl::unexpected(text.error());
    }
    const auto acked = acked::read_acked(*text);
    if (!acked) {
        return fail(acked, "acked.json");
    }
    held.insert(acked->media.begin(), acked->media.end());
    const auto pem = read_file(sync / "registry_key.pem", kMaxKeyBytes);
    const auto key = pem ? identity::PublicKey::from_pem(*pem) : tl::unexpected(pem.error());
    if (!key) {
        return tl::unexpected(key.error());
    }
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(stick / stick::answer_folder(device), error)) {
        if (stick::answer_kind(entry.path().filename().string()) == stick::AnswerKind::clip_receipt) {
            const auto named = named_by(entry.path(), *key, device);
            held.insert(named.begin(), named.end());
        }
    }
    return held;
}

} // namespace xueshi::xueshictl
