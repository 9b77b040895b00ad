#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"

struct evp_pkey_st;

namespace xueshi::identity {

struct FreeKey {
    void operator()(evp_pkey_st *key) const;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

/// A P-256 private key, PKCS#8 PEM, 0600: loaded, or made and written durably when there is none.
/// Another kind of key is unsupported, a damaged file corrupt, one that others may read denied.
Expected<KeyHandle> open_or_create_key(const std::filesystem::path &path);

/// A P-256 public key, SubjectPublicKeyInfo PEM. Errors as above.
Expected<KeyHandle> read_public_key(std::string_view pem);

std::string public_key_pem(evp_pkey_st *key);
Bytes public_key_der(evp_pkey_st *key);

/// OpenSSL's oldest queued reason, and empties the queue.
Error openssl_error(ErrorCode code, std::string_view what);

} // namespace xueshi::identity
