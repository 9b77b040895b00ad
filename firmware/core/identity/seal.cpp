#include "firmware/core/identity/seal.hpp"

#include <algorithm>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "firmware/core/identity/key_file.hpp"
#include "firmware/core/identity/secret_file.hpp"

namespace xueshi::identity {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kMaxPlainBytes = 16 * 1024 * 1024; // far below GCM's own bound; lengths fit an int

struct FreeCipher {
    void operator()(EVP_CIPHER_CTX *context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherHandle = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

Expected<SealingKey> key_of(std::string content, const std::filesystem::path &path) {
    SealingKey key{};
    const bool right_size = content.size() == key.size();
    if (right_size) {
        std::ranges::copy(as_bytes(content), key.begin());
    }
    forget(content);
    return right_size ? Expected<SealingKey>(key)
                      : Expected<SealingKey>(fail(ErrorCode::corrupt, path.string() + ": 32 bytes expected"));
}

/// Feeds the associated data; OpenSSL takes a null output for it.
bool associate(EVP_CIPHER_CTX *context, std::string_view associated) {
    int ignored = 0;
    const ByteView bytes = as_bytes(associated);
    return bytes.empty() ||
           EVP_CipherUpdate(context, nullptr, &ignored, bytes.data(), static_cast<int>(bytes.size())) == 1;
}

bool transform(EVP_CIPHER_CTX *context, ByteView in, std::uint8_t *out) {
    int size = 0;
    return in.empty() || EVP_CipherUpdate(context, out, &size, in.data(), static_cast<int>(in.size())) == 1;
}

} // namespace

Expected<SealingKey> open_or_create_sealing_key(const std::filesystem::path &path) {
    // As with a signer: where the cipher cannot be had in this process, nothing is opened.
    if (const auto works = seal(SealingKey{}, as_bytes("probe"), {}); !works) {
        return fail(works, "data key");
    }
    auto content = read_secret_file(path, sizeof(SealingKey));
    if (content) {
        return key_of(std::move(*content), path);
    }
    if (content.error().code != ErrorCode::not_found) {
        return fail(content, "data key");
    }
    std::string fresh(as_text(random_bytes(sizeof(SealingKey))));
    if (const auto written = write_secret_file(path, fresh); !written) {
        return fail(written, "write a new data key");
    }
    return key_of(std::move(fresh), path);
}

Expected<Bytes> seal(const SealingKey &key, ByteView plain, std::string_view associated) {
    if (plain.size() > kMaxPlainBytes || associated.size() > kMaxPlainBytes) {
        return fail(ErrorCode::too_large, "seal: over 16 MiB");
    }
    // Random 96-bit nonces: safe for 2^32 seals under one key (NIST SP 800-38D section 8.3).
    Bytes sealed = random_bytes(kNonceBytes);
    sealed.resize(kNonceBytes + plain.size() + kTagBytes);
    const CipherHandle context(EVP_CIPHER_CTX_new());
    int size = 0;
    std::uint8_t *const tag = sealed.data() + kNonceBytes + plain.size();
    if (!context || EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.data(), sealed.data(), nullptr) != 1 ||
        !associate(context.get(), associated) || !transform(context.get(), plain, sealed.data() + kNonceBytes) ||
        EVP_EncryptFinal_ex(context.get(), tag, &size) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTagBytes), tag) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "seal"));
    }
    return sealed;
}

Expected<Bytes> open_sealed(const SealingKey &key, ByteView sealed, std::string_view associated) {
    if (sealed.size() < kNonceBytes + kTagBytes || sealed.size() > kNonceBytes + kMaxPlainBytes + kTagBytes) {
        return fail(ErrorCode::denied, "sealed bytes of a wrong size");
    }
    const ByteView secret = sealed.subspan(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
    Bytes tag(sealed.end() - kTagBytes, sealed.end());
    Bytes plain(secret.size());
    Bytes rest(kTagBytes);
    const CipherHandle context(EVP_CIPHER_CTX_new());
    int size = 0;
    if (!context || EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.data(), sealed.data(), nullptr) != 1 ||
        !associate(context.get(), associated) || !transform(context.get(), secret, plain.data()) ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTagBytes), tag.data()) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "open sealed bytes"));
    }
    if (EVP_DecryptFinal_ex(context.get(), rest.data(), &size) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::denied, "sealed bytes: key, content or associated data differ");
    }
    return plain;
}

} // namespace xueshi::identity
