#pragma once

#include <memory>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/error.hpp"
#include "firmware/core/identity/key_file.hpp"

struct evp_md_ctx_st;
struct ossl_lib_ctx_st;

namespace xueshi::identity {

struct FreeDigest {
    void operator()(evp_md_ctx_st *context) const;
};
using DigestHandle = std::unique_ptr<evp_md_ctx_st, FreeDigest>;

/// One signature, DER, over the message by the suite's rules. A key of a provider of its own names library and query.
Expected<Bytes> sign_message(evp_pkey_st *key, Suite suite, ByteView message, ossl_lib_ctx_st *library = nullptr,
                             const char *query = nullptr);

/// A context that is set up to verify with the key, to be copied for each message: setting up costs as much as a fifth
/// of a check.
Expected<DigestHandle> prepare_verification(evp_pkey_st *key, Suite suite);
/// Error: denied when the signature does not hold.
Expected<void> verify_message(const evp_md_ctx_st *prepared, ByteView message, ByteView signature);

} // namespace xueshi::identity
