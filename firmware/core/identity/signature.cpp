#include "firmware/core/identity/signature.hpp"

#include <string_view>

#include <openssl/err.h>
#include <openssl/evp.h>

namespace xueshi::identity {
namespace {

/// SM2 hashes an id and the public key before the message (GB/T 32918.2 section 5.5). This is the id that
/// GB/T 35276 gives to a signer that has no other.
constexpr std::string_view kDistinguishingId = "1234567812345678";

const char *digest_name(Suite suite) {
    return suite == Suite::sm2_sm3 ? "SM3" : "SHA256";
}

bool set_id(EVP_PKEY_CTX *context, Suite suite) {
    return suite != Suite::sm2_sm3 ||
           EVP_PKEY_CTX_set1_id(context, kDistinguishingId.data(), static_cast<int>(kDistinguishingId.size())) == 1;
}

} // namespace

void FreeDigest::operator()(evp_md_ctx_st *context) const {
    EVP_MD_CTX_free(context);
}

Expected<Bytes> sign_message(evp_pkey_st *key, Suite suite, ByteView message, ossl_lib_ctx_st *library,
                             const char *query) {
    ERR_clear_error();
    const DigestHandle context(EVP_MD_CTX_new());
    EVP_PKEY_CTX *inner = nullptr; // the digest's
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), &inner, digest_name(suite), library, query, key, nullptr) != 1 ||
        !set_id(inner, suite) || EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "sign"));
    }
    Bytes signature(size);
    if (EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "sign"));
    }
    // Out of memory inside, OpenSSL 3.0 may say that it has signed and give a signature that does not hold.
    if (ERR_peek_error() != 0) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "sign"));
    }
    signature.resize(size); // DER: the first size was the largest possible
    return signature;
}

Expected<DigestHandle> prepare_verification(evp_pkey_st *key, Suite suite) {
    DigestHandle ready(EVP_MD_CTX_new());
    EVP_PKEY_CTX *inner = nullptr;
    if (!ready ||
        EVP_DigestVerifyInit_ex(ready.get(), &inner, digest_name(suite), nullptr, nullptr, key, nullptr) != 1 ||
        !set_id(inner, suite)) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "prepare a public key"));
    }
    return ready;
}

Expected<void> verify_message(const evp_md_ctx_st *prepared, ByteView message, ByteView signature) {
    const DigestHandle context(EVP_MD_CTX_new());
    if (!context || EVP_MD_CTX_copy_ex(context.get(), prepared) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "verify"));
    }
    if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::denied, "the signature does not hold");
    }
    return {};
}

} // namespace xueshi::identity
