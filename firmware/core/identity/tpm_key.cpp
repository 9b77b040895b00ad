#include "firmware/core/identity/tpm_key.hpp"

#include <cstdlib>
#include <mutex>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>

#include "firmware/core/identity/key_file.hpp"
#include "firmware/core/identity/secret_file.hpp"
#include "firmware/core/identity/signature.hpp"

namespace xueshi::identity {
namespace {

constexpr std::size_t kMaxPemBytes = 8 * 1024;
constexpr const char *kTpm = "?provider=tpm2"; // the TPM's where it has one: digests may be the processor's

struct Free {
    void operator()(OSSL_LIB_CTX *context) const { OSSL_LIB_CTX_free(context); }
    void operator()(OSSL_PROVIDER *provider) const { OSSL_PROVIDER_unload(provider); }
    void operator()(BIO *bio) const { BIO_free_all(bio); }
    void operator()(EVP_PKEY_CTX *context) const { EVP_PKEY_CTX_free(context); }
};

/// A library context of its own: loaded into the default one, the provider would take over everybody's work.
struct Tpm {
    std::unique_ptr<OSSL_LIB_CTX, Free> context{OSSL_LIB_CTX_new()};
    std::unique_ptr<OSSL_PROVIDER, Free> processor, tpm;
};

Expected<Tpm> reach_tpm(const std::string &tcti) {
    if (!tcti.empty() && ::setenv("TPM2OPENSSL_TCTI", tcti.c_str(), 1) != 0) {
        return fail(ErrorCode::invalid_argument, "identity.tpm: not usable");
    }
    Tpm tpm;
    tpm.processor.reset(OSSL_PROVIDER_load(tpm.context.get(), "default"));
    tpm.tpm.reset(OSSL_PROVIDER_load(tpm.context.get(), "tpm2"));
    if (!tpm.processor || !tpm.tpm) {
        const Error why = openssl_error(ErrorCode::unavailable, "load it");
        return fail(ErrorCode::unavailable, "no TPM 2.0 answers, or OpenSSL's provider tpm2 (package tpm2-openssl) is "
                                            "missing: " +
                                                why.message);
    }
    return tpm;
}

int no_password(char *, int, int, void *) {
    return -1;
}

/// The provider's name tells a key in the TPM from one that merely lies in the file.
bool is_in_tpm(evp_pkey_st *key) {
    const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(key);
    return provider != nullptr && std::string_view(OSSL_PROVIDER_get0_name(provider)) == "tpm2";
}

Expected<KeyHandle> read_key(const Tpm &tpm, std::string_view pem) {
    const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    KeyHandle key(PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, no_password, nullptr, tpm.context.get(), kTpm));
    if (!key) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::corrupt, "read the TPM's key (is it another TPM?)"));
    }
    if (!is_in_tpm(key.get())) {
        return fail(ErrorCode::unsupported, "the key lies in the file and not in a TPM (identity.key = file)");
    }
    return key;
}

Expected<KeyHandle> make_key(const Tpm &tpm, const std::filesystem::path &path) {
    const std::unique_ptr<EVP_PKEY_CTX, Free> making(
        EVP_PKEY_CTX_new_from_name(tpm.context.get(), "EC", "provider=tpm2"));
    EVP_PKEY *made = nullptr;
    if (!making || EVP_PKEY_keygen_init(making.get()) != 1 || EVP_PKEY_CTX_set_group_name(making.get(), "P-256") != 1 ||
        EVP_PKEY_generate(making.get(), &made) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::unavailable, "let the TPM make a key"));
    }
    KeyHandle key(made);
    const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "write the TPM's key"));
    }
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    if (auto written = write_secret_file(path, std::string_view(data, static_cast<std::size_t>(size))); !written) {
        return fail(written, "write the TPM's key");
    }
    return key;
}

class TpmSigner final : public Signer {
public:
    TpmSigner(Tpm tpm, KeyHandle key)
        : tpm_(std::move(tpm)), key_(std::move(key)), pem_(identity::public_key_pem(key_.get())) {}

    int suite() const override { return static_cast<int>(Suite::p256_sha256); }
    std::string_view key_level() const override { return "hardware"; }
    std::string public_key_pem() const override { return pem_; }
    Expected<Bytes> sign(ByteView message) const override {
        const std::lock_guard guard(mutex_); // one conversation with the TPM at a time
        return sign_message(key_.get(), Suite::p256_sha256, message, tpm_.context.get(), kTpm);
    }

private:
    mutable std::mutex mutex_;
    Tpm tpm_; ///< before the key, which goes first
    KeyHandle key_;
    std::string pem_;
};

} // namespace

Expected<std::unique_ptr<Signer>> open_or_create_tpm_signer(const std::filesystem::path &path,
                                                            const std::string &tcti) {
    const auto pem = read_secret_file(path, kMaxPemBytes);
    if (!pem && pem.error().code != ErrorCode::not_found) {
        return fail(pem, "signing key");
    }
    auto tpm = reach_tpm(tcti);
    if (!tpm) {
        return fail(tpm, "identity.key = tpm");
    }
    auto key = pem ? read_key(*tpm, *pem) : make_key(*tpm, path);
    if (!key) {
        return fail(key, path.string());
    }
    const auto suite = suite_of(key->get());
    if (!suite || *suite != Suite::p256_sha256) {
        return suite ? fail(ErrorCode::unsupported, "the TPM's key is not P-256") : tl::unexpected(suite.error());
    }
    return std::make_unique<TpmSigner>(std::move(*tpm), std::move(*key));
}

} // namespace xueshi::identity
