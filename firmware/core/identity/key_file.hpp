#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/identity/keys.hpp"

struct evp_pkey_st;

namespace xueshi::identity {

struct FreeKey {
    void operator()(evp_pkey_st *key) const;
};
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

/// A private key of the suite, PKCS#8 PEM, 0600: loaded, or made and written durably when there is none.
/// Another kind of key is unsupported, a damaged file corrupt, one that others may read denied.
Expected<KeyHandle> open_or_create_key(const std::filesystem::path &path, Suite suite);

/// A public key of either suite, SubjectPublicKeyInfo PEM. Errors as above.
Expected<KeyHandle> read_public_key(std::string_view pem);

/// By the key's type and curve; unsupported for any other.
Expected<Suite> suite_of(evp_pkey_st *key);

/// SubjectPublicKeyInfo with an uncompressed point. Error: without memory OpenSSL writes nothing or half of it, which
/// must not become an id or go into a key derivation.
Expected<std::string> public_key_pem(evp_pkey_st *key);
Expected<Bytes> public_key_der(evp_pkey_st *key);

/// OpenSSL's oldest queued reason, and empties the queue.
Error openssl_error(ErrorCode code, std::string_view what);

} // namespace xueshi::identity
