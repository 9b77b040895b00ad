#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "firmware/core/identity/key_file.hpp"

struct ossl_lib_ctx_st;
struct ossl_provider_st;

namespace xueshi::identity {

struct FreeTpm {
    void operator()(ossl_lib_ctx_st *context) const;
    void operator()(ossl_provider_st *provider) const;
};

/// The way to a TPM 2.0, by OpenSSL's tpm2 provider. A library context of its own: loaded into the default one, the
/// provider would take over everybody's work.
struct Tpm {
    std::unique_ptr<ossl_lib_ctx_st, FreeTpm> context;
    std::unique_ptr<ossl_provider_st, FreeTpm> processor, tpm;
};

/// For fetching: the TPM's where it has one; digests may be the processor's.
inline constexpr const char *kTpmQuery = "?provider=tpm2";
inline constexpr std::size_t kMaxTpmFileBytes = 8 * 1024;

/// `tcti` as in tpm_key.hpp. Error: unavailable.
Expected<Tpm> reach_tpm(const std::string &tcti);

/// A P-256 key of the TPM's, which must outlive it.
Expected<KeyHandle> make_tpm_key(const Tpm &tpm);
/// As the TPM wrapped it, "TSS2 PRIVATE KEY".
Expected<std::string> tpm_key_pem(evp_pkey_st *key);
/// Error: corrupt, or unsupported for a key that is not the TPM's.
Expected<KeyHandle> read_tpm_key(const Tpm &tpm, std::string_view pem);

} // namespace xueshi::identity
