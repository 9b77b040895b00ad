#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/identity/signed_document.hpp"
#include "firmware/core/record/event.hpp"

/// sync/acked.json: what the registry has for good. syncd writes it, by rename; terminald and xueshictl read it, and of
/// the files that it names terminald alone deletes.
namespace xueshi::acked {

struct Acked {
    ChainId chain;
    record::Sequence seq = 0;         ///< the registry holds every event up to here
    identity::SignedDocument receipt; ///< its word for that, signed
    /// SHA-256 of files in terminal/media that the registry holds whole, oldest first; a file that is not named is not
    /// confirmed. When those named are deleted, the next ones follow.
    std::vector<Sha256> media;
};

inline constexpr std::size_t kMaxBytes = 16 * 1024;
inline constexpr std::size_t kMaxMedia = 128; ///< keeps the file, which every receipt replaces, small

std::string write_acked(const Acked &acked);
/// Strict, but for an absent `media`, which is none. The receipt's signature is the caller's to check.
Expected<Acked> read_acked(std::string_view text);

/// The receipt in the directory's acked.json, under the registry's key that is pinned beside it (registry_key.pem).
/// Error: not_found while there is no acked.json; denied when no key is pinned or the signature does not hold.
Expected<identity::Receipt> read_receipt(const std::filesystem::path &sync);

} // namespace xueshi::acked
