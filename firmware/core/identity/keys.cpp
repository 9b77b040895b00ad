#include "firmware/core/identity/keys.hpp"

#include <cassert>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "firmware/core/identity/key_file.hpp"

namespace xueshi::identity {
namespace {

struct FreeDigest {
    void operator()(EVP_MD_CTX *context) const { EVP_MD_CTX_free(context); }
};
using DigestHandle = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

class FileSigner final : public Signer {
public:
    explicit FileSigner(KeyHandle key) : key_(std::move(key)), pem_(identity::public_key_pem(key_.get())) {}

    int suite() const override { return 1; }
    std::string_view key_level() const override { return "file"; }
    std::string public_key_pem() const override { return pem_; }

    Expected<Bytes> sign(ByteView message) const override {
        const DigestHandle context(EVP_MD_CTX_new());
        std::size_t size = 0;
        if (!context ||
            EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(), nullptr) != 1 ||
            EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1) {
            return tl::unexpected<Error>(openssl_error(ErrorCode::io, "sign"));
        }
        Bytes signature(size);
        if (EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
            return tl::unexpected<Error>(openssl_error(ErrorCode::io, "sign"));
        }
        signature.resize(size); // DER: the first size was the largest possible
        return signature;
    }

private:
    KeyHandle key_;
    std::string pem_;
};

} // namespace

Expected<std::unique_ptr<Signer>> open_or_create_signer(const std::filesystem::path &path) {
    auto key = open_or_create_key(path);
    if (!key) {
        return fail(key, "signing key");
    }
    return std::make_unique<FileSigner>(std::move(*key));
}

/// The context is set up once and copied for each check: setting up costs as much as a fifth of the check itself.
struct PublicKey::Impl {
    KeyHandle key;
    DigestHandle ready;
};

PublicKey::PublicKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PublicKey::PublicKey(PublicKey &&) noexcept = default;
PublicKey &PublicKey::operator=(PublicKey &&) noexcept = default;
PublicKey::~PublicKey() = default;

Expected<PublicKey> PublicKey::from_pem(std::string_view pem) {
    auto key = read_public_key(pem);
    if (!key) {
        return tl::unexpected<Error>(key.error());
    }
    DigestHandle ready(EVP_MD_CTX_new());
    if (!ready || EVP_DigestVerifyInit_ex(ready.get(), nullptr, "SHA256", nullptr, nullptr, key->get(), nullptr) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "prepare a public key"));
    }
    return PublicKey(std::make_unique<Impl>(Impl{std::move(*key), std::move(ready)}));
}

Expected<void> PublicKey::verify(ByteView message, ByteView signature) const {
    const DigestHandle context(EVP_MD_CTX_new());
    if (!context || EVP_MD_CTX_copy_ex(context.get(), impl_->ready.get()) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "verify"));
    }
    if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::denied, "the signature does not hold");
    }
    return {};
}

Sha256 PublicKey::fingerprint() const {
    return sha256(public_key_der(impl_->key.get()));
}
std::string PublicKey::pem() const {
    return public_key_pem(impl_->key.get());
}

DeviceId device_id(const PublicKey &signing_key) {
    return DeviceId("d-" + hex(ByteView(signing_key.fingerprint()).first(10)));
}

} // namespace xueshi::identity
