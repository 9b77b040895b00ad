#include "firmware/core/identity/tls_identity.hpp"

#include <ctime>
#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "firmware/core/identity/key_file.hpp"

namespace xueshi::identity {
namespace {

constexpr std::size_t kMaxCommonName = 64; // ub-common-name of RFC 5280

struct FreeRequest {
    void operator()(X509 *certificate) const { X509_free(certificate); }
    void operator()(X509_REQ *request) const { X509_REQ_free(request); }
    void operator()(BIO *bio) const { BIO_free_all(bio); }
};

bool fill(X509_REQ *request, evp_pkey_st *key, std::string_view common_name) {
    const auto *name = reinterpret_cast<const unsigned char *>(common_name.data());
    return X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
           X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName, MBSTRING_UTF8, name,
                                      static_cast<int>(common_name.size()), -1, 0) == 1 &&
           X509_REQ_set_pubkey(request, key) == 1 && X509_REQ_sign(request, key, EVP_sha256()) > 0;
}

/// Null: it does not read.
std::unique_ptr<X509, FreeRequest> read_certificate(std::string_view pem) {
    const std::unique_ptr<BIO, FreeRequest> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return std::unique_ptr<X509, FreeRequest>(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr);
}

} // namespace

Expected<std::string> make_certificate_request(const std::filesystem::path &key_path, std::string_view common_name) {
    if (common_name.empty() || common_name.size() > kMaxCommonName) {
        return fail(ErrorCode::invalid_argument, "certificate request: a common name of 1 to 64 characters expected");
    }
    const auto key = open_or_create_key(key_path, Suite::p256_sha256);
    if (!key) {
        return fail(key, "TLS key");
    }
    const std::unique_ptr<X509_REQ, FreeRequest> request(X509_REQ_new());
    const std::unique_ptr<BIO, FreeRequest> out(BIO_new(BIO_s_mem()));
    if (!request || !out || !fill(request.get(), key->get(), common_name) ||
        PEM_write_bio_X509_REQ(out.get(), request.get()) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "certificate request"));
    }
    char *data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
}

Expected<std::int64_t> certificate_ends_ms(std::string_view pem) {
    const auto certificate = read_certificate(pem);
    std::tm end{};
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::corrupt, "certificate"));
    }
    return std::int64_t{::timegm(&end)} * 1'000;
}

Expected<std::string> public_key_of_certificate(std::string_view pem) {
    const auto certificate = read_certificate(pem);
    if (!certificate) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::corrupt, "certificate"));
    }
    EVP_PKEY *key = X509_get0_pubkey(certificate.get()); // the certificate's
    const auto suite =
        key != nullptr ? suite_of(key) : Expected<Suite>(fail(ErrorCode::corrupt, "certificate without a key"));
    return suite ? public_key_pem(key) : tl::unexpected<Error>(suite.error());
}

} // namespace xueshi::identity
