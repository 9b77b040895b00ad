#include "firmware/core/identity/tpm.hpp"

#include <cstdlib>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>

namespace xueshi::identity {
namespace {

struct Free {
    void operator()(BIO *bio) const { BIO_free_all(bio); }
    void operator()(EVP_PKEY_CTX *context) const { EVP_PKEY_CTX_free(context); }
};

int no_password(char *, int, int, void *) {
    return -1;
}

/// The provider's name tells a key in the TPM from one that merely lies in the file.
bool is_in_tpm(evp_pkey_st *key) {
    const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(key);
    return provider != nullptr && std::string_view(OSSL_PROVIDER_get0_name(provider)) == "tpm2";
}

} // namespace

void FreeTpm::operator()(ossl_lib_ctx_st *context) const {
    OSSL_LIB_CTX_free(context);
}
void FreeTpm::operator()(ossl_provider_st *provider) const {
    OSSL_PROVIDER_unload(provider);
}

Expected<Tpm> reach_tpm(const std::string &tcti) {
    if (!tcti.empty() && ::setenv("TPM2OPENSSL_TCTI", tcti.c_str(), 1) != 0) {
        return fail(ErrorCode::invalid_argument, "identity.tpm: not usable");
    }
    Tpm tpm;
    tpm.context.reset(OSSL_LIB_CTX_new());
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

Expected<KeyHandle> make_tpm_key(const Tpm &tpm) {
    const std::unique_ptr<EVP_PKEY_CTX, Free> making(
        EVP_PKEY_CTX_new_from_name(tpm.context.get(), "EC", "provider=tpm2"));
    EVP_PKEY *made = nullptr;
    if (!making || EVP_PKEY_keygen_init(making.get()) != 1 || EVP_PKEY_CTX_set_group_name(making.get(), "P-256") != 1 ||
        EVP_PKEY_generate(making.get(), &made) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::unavailable, "let the TPM make a key"));
    }
    return KeyHandle(made);
}

Expected<std::string> tpm_key_pem(evp_pkey_st *key) {
    const std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "write the TPM's key"));
    }
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

Expected<KeyHandle> read_tpm_key(const Tpm &tpm, std::string_view pem) {
    const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    KeyHandle key(PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, no_password, nullptr, tpm.context.get(), kTpmQuery));
    if (!key) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::corrupt, "read the TPM's key (is it another TPM?)"));
    }
    if (!is_in_tpm(key.get())) {
        return fail(ErrorCode::unsupported, "the key lies in the file and not in a TPM (identity.key = file)");
    }
    return key;
}

} // namespace xueshi::identity
