#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "daemon/registry/devices/authority.hpp"

/// Internal to the room, for its .cpp files: X.509 by OpenSSL with owners.
namespace xueshi::registry::devices {

struct Free {
    void operator()(X509 *p) const { X509_free(p); }
    void operator()(X509_REQ *p) const { X509_REQ_free(p); }
    void operator()(EVP_PKEY *p) const { EVP_PKEY_free(p); }
    void operator()(BIO *p) const { BIO_free(p); }
};
using Certificate = std::unique_ptr<X509, Free>;
using CertificateRequest = std::unique_ptr<X509_REQ, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

/// What a certificate says; the rest is the same for all.
struct CertificatePlan {
    std::string common_name;
    std::int64_t now_ms = 0;
    std::int64_t days = 0;
    std::string basic_constraints, key_usage;
    std::string extended_key_usage; ///< empty: none
    std::string alternative_names;  ///< "DNS:...,IP:..."; empty: none
};

Expected<Key> make_key();
Expected<std::string> private_key_pem(EVP_PKEY *key);
Expected<Key> read_private_key(std::string_view pem);
Expected<Certificate> read_certificate(std::string_view pem);
/// The self-signature must hold.
Expected<CertificateRequest> read_request(std::string_view pem);
/// For `subject`, signed by `issuer_key`; a null `issuer` is self-signed.
Expected<Certificate> make_certificate(const CertificatePlan &plan, EVP_PKEY *subject, X509 *issuer,
                                       EVP_PKEY *issuer_key);
std::string certificate_pem(X509 *certificate);
std::string serial_hex(const X509 *certificate);
std::string common_name(const X509 *certificate);
/// In the form of CertificatePlan, sorted.
bool has_names(X509 *certificate, const std::vector<std::string> &names);
bool ends_before(const X509 *certificate, std::int64_t wall_ms);

} // namespace xueshi::registry::devices
