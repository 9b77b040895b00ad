#pragma once

#include <optional>

#include "firmware/core/base/json.hpp"
#include "firmware/core/identity/signed_document.hpp"

namespace xueshi::identity {

/// The registry's word that it was `wall_ms` by its clock when it gave this number to the device. What follows it in
/// the device's chain happened later, whatever the device's clock says. Purpose "xueshi-nonce-v1".
struct Nonce {
    DeviceId device;
    std::string number; ///< 32 hex digits, random: nobody can know it before
    std::int64_t wall_ms = 0;
    bool operator==(const Nonce &) const = default;
};
Expected<SignedDocument> sign_nonce(const Signer &signer, const Nonce &nonce);
/// Verifies the signature first.
Expected<Nonce> open_nonce(const PublicKey &registry_key, const SignedDocument &document);

/// Fields of a `nonce` event.
json::Object nonce_data(const SignedDocument &document);
Expected<SignedDocument> nonce_from_data(const json::Object &data);

} // namespace xueshi::identity
