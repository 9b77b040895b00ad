#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/registry/devices/authority.hpp"

// OpenSSL's own types.
struct evp_pkey_st;
struct x509_st;
struct X509_req_st;

/// Internal to the room, for its .cpp files: X.509 by OpenSSL with owners.
namespace xueshi::registry::devices {

struct Free {
    void operator()(x509_st *certificate) const;
    void operator()(X509_req_st *request) const;
    void operator()(evp_pkey_st *key) const;
};
using Certificate = std::unique_ptr<x509_st, Free>;
using CertificateRequest = std::unique_ptr<X509_req_st, Free>;
using Key = std::unique_ptr<evp_pkey_st, Free>;

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
Expected<std::string> private_key_pem(evp_pkey_st *key);
Expected<Key> read_private_key(std::string_view pem);
Expected<Certificate> read_certificate(std::string_view pem);
/// The self-signature must hold.
Expected<CertificateRequest> read_request(std::string_view pem);
/// For `subject`, signed by `issuer_key`; a null `issuer` is self-signed.
Expected<Certificate> make_certificate(const CertificatePlan &plan, evp_pkey_st *subject, x509_st *issuer,
                                       evp_pkey_st *issuer_key);
Expected<std::string> certificate_pem(x509_st *certificate);
std::string serial_hex(const x509_st *certificate);
std::string common_name(const x509_st *certificate);
/// Good for each of these host names and IP addresses.
bool has_names(x509_st *certificate, const std::vector<std::string> &names);
bool ends_before(const x509_st *certificate, std::int64_t wall_ms);

} // namespace xueshi::registry::devices
