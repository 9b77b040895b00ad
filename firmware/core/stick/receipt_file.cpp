#include "firmware/core/stick/receipt_file.hpp"

#include "firmware/core/acked/acked.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::stick {
namespace {

constexpr std::uint64_t kMaxKeyBytes = 8 * 1024, kMaxReceiptBytes = 16 * 1024;

} // namespace

Expected<identity::Receipt> read_receipt_file(const std::filesystem::path &path, const identity::PublicKey &registry) {
    const auto text = read_file(path, kMaxReceiptBytes);
    if (!text) {
        return tl::unexpected<Error>(text.error());
    }
    auto acked = acked::read_acked(*text);
    const auto document = acked ? Expected<identity::SignedDocument>(std::move(acked->receipt))
                                : identity::read_document(*text, kMaxReceiptBytes);
    if (!document) {
        return fail(document, path.string());
    }
    auto receipt = identity::open_receipt(registry, *document);
    return receipt ? std::move(receipt) : fail(receipt, path.string());
}

Expected<identity::PublicKey> read_key_file(const std::filesystem::path &path) {
    const auto pem = read_file(path, kMaxKeyBytes);
    if (!pem) {
        return tl::unexpected<Error>(pem.error());
    }
    auto key = identity::PublicKey::from_pem(*pem);
    return key ? std::move(key) : fail(key, path.string());
}

} // namespace xueshi::stick
