#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

struct evp_pkey_st;

/// Sealing for one receiver: whoever has the public key seals, only the private key opens. CMS (RFC 5652) with
/// AuthEnvelopedData (RFC 5083), AES-256-GCM (RFC 5084) and ephemeral-static ECDH over P-256 (RFC 5753, SHA-256), DER;
/// `openssl cms -decrypt -inform DER -inkey KEY` opens one too. It says nothing of who sealed: what is inside is
/// signed.
namespace xueshi::identity {

/// Error: unsupported for another key than P-256.
Expected<Bytes> seal_for(std::string_view receiver_pem, ByteView plain);

/// The receiver's private key. Its const functions are thread-safe.
class EnvelopeKey {
public:
    /// Loads the key (PKCS#8 PEM, 0600) or makes it, durably; errors as open_or_create_signer's.
    static Expected<EnvelopeKey> open_or_create(const std::filesystem::path &path);
    const std::string &public_key_pem() const { return pem_; }
    /// Error: corrupt for what is no envelope of ours, was cut off, changed, or is for another key.
    Expected<std::string> open(ByteView sealed) const;

private:
    EnvelopeKey(std::shared_ptr<evp_pkey_st> key, std::string pem) : key_(std::move(key)), pem_(std::move(pem)) {}
    std::shared_ptr<evp_pkey_st> key_;
    std::string pem_;
};

} // namespace xueshi::identity
