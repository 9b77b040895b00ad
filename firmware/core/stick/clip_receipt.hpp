#pragma once

#include <vector>

#include "firmware/core/identity/signed_document.hpp"

namespace xueshi::stick {

/// The registry's word for clips that it holds whole, each as its event signed it. Purpose "xueshi-clip-receipt-v1".
struct ClipReceipt {
    DeviceId device;
    std::int64_t wall_ms = 0; ///< registry's clock
    std::vector<Sha256> clips;
    bool operator==(const ClipReceipt &) const = default;
};
inline constexpr std::size_t kMaxClipsInReceipt = 1'000;
inline constexpr std::size_t kMaxClipReceiptBytes = 80 * 1024;

Expected<identity::SignedDocument> sign_clip_receipt(const identity::Signer &signer, const ClipReceipt &receipt);
/// Verifies the signature first.
Expected<ClipReceipt> open_clip_receipt(const identity::PublicKey &key, const identity::SignedDocument &document);

} // namespace xueshi::stick
