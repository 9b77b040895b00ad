#include "daemon/registry/devices/certificates.hpp"

#include <algorithm>
#include <cctype>

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "firmware/core/base/bytes.hpp"

namespace xueshi::registry::devices {

namespace {

constexpr std::int64_t kSerialBytes = 16; // random, as CA/Browser rules ask for at least 64 bits

tl::unexpected<Error> openssl_failed(std::string_view what) {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return fail(ErrorCode::io, std::string(what) + ": " + text.data());
}

struct FreeBio {
    void operator()(BIO *bio) const { BIO_free(bio); }
};
using Memory = std::unique_ptr<BIO, FreeBio>;

Memory memory(std::string_view text) {
    return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string contents(BIO *bio) {
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

bool add_extension(X509 *certificate, X509 *issuer, int nid, const std::string &value) {
    if (value.empty()) {
        return true;
    }
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

bool set_serial(X509 *certificate) {
    auto bytes = random_bytes(kSerialBytes);
    bytes.front() = static_cast<std::uint8_t>((bytes.front() & 0x3fU) | 0x40U); // positive, of one length
    BIGNUM *number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
    const bool set = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
    BN_free(number);
    return set;
}

bool set_times(X509 *certificate, const CertificatePlan &plan) {
    // A day of grace before: the other side's clock may be slow. Days are given as such: a time of 32 bits ends in
    // 2038.
    const time_t now = static_cast<time_t>(plan.now_ms / 1000);
    const int days = static_cast<int>(plan.days);
    return ASN1_TIME_adj(X509_getm_notBefore(certificate), now, -1, 0) != nullptr &&
           ASN1_TIME_adj(X509_getm_notAfter(certificate), now, days, 0) != nullptr;
}

bool set_name(X509 *certificate, const std::string &common_name) {
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char *>(common_name.data()),
                                      static_cast<int>(common_name.size()), -1, 0) == 1;
}

bool add_extensions(X509 *certificate, X509 *issuer, const CertificatePlan &plan) {
    return add_extension(certificate, issuer, NID_basic_constraints, plan.basic_constraints) &&
           add_extension(certificate, issuer, NID_key_usage, plan.key_usage) &&
           add_extension(certificate, issuer, NID_ext_key_usage, plan.extended_key_usage) &&
           add_extension(certificate, issuer, NID_subject_alt_name, plan.alternative_names) &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, issuer, NID_authority_key_identifier, issuer == certificate ? "" : "keyid");
}

} // namespace

void Free::operator()(x509_st *certificate) const {
    X509_free(certificate);
}
void Free::operator()(X509_req_st *request) const {
    X509_REQ_free(request);
}
void Free::operator()(evp_pkey_st *key) const {
    EVP_PKEY_free(key);
}

Expected<Key> make_key() {
    Key key(EVP_EC_gen("P-256"));
    if (!key) {
        return openssl_failed("make a key");
    }
    return key;
}

Expected<std::string> private_key_pem(EVP_PKEY *key) {
    const Memory out(BIO_new(BIO_s_mem()));
    if (!out || PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return openssl_failed("write a key");
    }
    return contents(out.get());
}

Expected<Key> read_private_key(std::string_view pem) {
    Key key(PEM_read_bio_PrivateKey(memory(pem).get(), nullptr, nullptr, nullptr));
    if (!key) {
        return openssl_failed("read a key");
    }
    return key;
}

Expected<Certificate> read_certificate(std::string_view pem) {
    Certificate certificate(PEM_read_bio_X509(memory(pem).get(), nullptr, nullptr, nullptr));
    if (!certificate) {
        return openssl_failed("read a certificate");
    }
    return certificate;
}

Expected<CertificateRequest> read_request(std::string_view pem) {
    CertificateRequest request(PEM_read_bio_X509_REQ(memory(pem).get(), nullptr, nullptr, nullptr));
    if (!request) {
        ERR_clear_error();
        return fail(ErrorCode::invalid_argument, "not a certificate request (PEM)");
    }
    if (X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1) {
        ERR_clear_error();
        return fail(ErrorCode::denied, "the certificate request's own signature does not hold");
    }
    return request;
}

Expected<Certificate> make_certificate(const CertificatePlan &plan, EVP_PKEY *subject, X509 *issuer,
                                       EVP_PKEY *issuer_key) {
    Certificate certificate(X509_new());
    X509 *raw = certificate.get();
    X509 *signed_by = issuer == nullptr ? raw : issuer;
    const bool made = raw != nullptr && X509_set_version(raw, X509_VERSION_3) == 1 && set_serial(raw) &&
                      set_times(raw, plan) && set_name(raw, plan.common_name) &&
                      X509_set_issuer_name(raw, X509_get_subject_name(signed_by)) == 1 &&
                      X509_set_pubkey(raw, subject) == 1 && add_extensions(raw, signed_by, plan) &&
                      X509_sign(raw, issuer_key, EVP_sha256()) > 0;
    if (!made) {
        return openssl_failed("make a certificate");
    }
    return certificate;
}

Expected<std::string> certificate_pem(X509 *certificate) {
    const Memory out(BIO_new(BIO_s_mem()));
    if (!out || PEM_write_bio_X509(out.get(), certificate) != 1) {
        return openssl_failed("write a certificate");
    }
    return contents(out.get());
}

std::string serial_hex(const X509 *certificate) {
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    return hex({ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

std::string common_name(const X509 *certificate) {
    const X509_NAME *name = X509_get_subject_name(certificate);
    const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (index < 0) {
        return {};
    }
    const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
    return std::string(as_text({ASN1_STRING_get0_data(text), static_cast<std::size_t>(ASN1_STRING_length(text))}));
}

bool has_names(X509 *certificate, const std::vector<std::string> &names) {
    return std::all_of(names.begin(), names.end(), [&](const std::string &name) {
        return X509_check_ip_asc(certificate, name.c_str(), 0) == 1 ||
               X509_check_host(certificate, name.c_str(), 0, 0, nullptr) == 1;
    });
}

bool ends_before(const X509 *certificate, std::int64_t wall_ms) {
    time_t moment = static_cast<time_t>(wall_ms / 1000);
    return X509_cmp_time(X509_get0_notAfter(certificate), &moment) < 0;
}

} // namespace xueshi::registry::devices
