#include "daemon/wire/nonce.hpp"

namespace xueshi::wire {

namespace {
constexpr std::size_t kMaxDocumentBytes = 1'024;
}

std::string write_nonce_header(const identity::SignedDocument &nonce) {
    return base64(as_bytes(identity::write_document(nonce)));
}

std::optional<identity::SignedDocument> read_nonce_header(std::string_view text) {
    if (text.size() > 2 * kMaxDocumentBytes) {
        return std::nullopt;
    }
    const auto bytes = parse_base64(text);
    auto document =
        bytes ? identity::read_document(as_text(*bytes), kMaxDocumentBytes) : tl::unexpected<Error>(bytes.error());
    return document ? std::optional(std::move(*document)) : std::nullopt;
}

} // namespace xueshi::wire
