#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/base/ids.hpp"

namespace xueshi::identity {

/// How a device signs. Chosen when its key is made and fixed with it; the number is what bodies and claims carry.
enum class Suite : int {
    p256_sha256 = 1, ///< ECDSA P-256 with SHA-256
    sm2_sm3 = 2,     ///< SM2 with SM3 (GB/T 32918, GB/T 32905), distinguishing id 1234567812345678
};
std::string_view to_string(Suite suite); ///< "p256-sha256", "sm2-sm3"
Expected<Suite> parse_suite(std::string_view text);

/// Signs with a private key that stays where it is. Thread-safe.
class Signer {
public:
    virtual ~Signer() = default;
    virtual int suite() const = 0;                            ///< the number of its Suite
    virtual std::string_view key_level() const = 0;           ///< "file" or "hardware"
    virtual std::string public_key_pem() const = 0;           ///< SubjectPublicKeyInfo
    virtual Expected<Bytes> sign(ByteView message) const = 0; ///< DER signature
};

/// Signs something and checks it. Where OpenSSL ran out of memory while it fetched an algorithm, it never signs again
/// in this process: better not to open, and be started anew, than to refuse every punch.
Expected<void> try_out(const Signer &signer);

/// Loads the key (PKCS#8 PEM, 0600) or makes it, durably, when there is none. A file that others may read is denied, a
/// damaged one corrupt, another kind of key or a key of another suite unsupported. It was tried out.
Expected<std::unique_ptr<Signer>> open_or_create_signer(const std::filesystem::path &path,
                                                        Suite suite = Suite::p256_sha256);

/// Somebody's public key. Its const functions are thread-safe.
class PublicKey {
public:
    static Expected<PublicKey> from_pem(std::string_view pem);
    PublicKey(PublicKey &&) noexcept;
    PublicKey &operator=(PublicKey &&) noexcept;
    ~PublicKey();

    int suite() const; ///< the number of its Suite, told by the curve
    /// Error: denied when the signature does not hold.
    Expected<void> verify(ByteView message, ByteView signature) const;
    /// SHA-256 of the SubjectPublicKeyInfo (DER).
    Sha256 fingerprint() const;
    std::string pem() const;

private:
    struct Impl;
    explicit PublicKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// A device's id is made of its signing key, so that it exists before any registry has seen the device and nobody can
/// take another's: "d-" and the first 10 bytes of the key's fingerprint in hex.
DeviceId device_id(const PublicKey &signing_key);

} // namespace xueshi::identity
