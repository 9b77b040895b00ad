#pragma once

#include <cstdint>
#include <string>

#include "firmware/core/base/ids.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/core/identity/signed_document.hpp"

namespace xueshi::identity {

/// The registry's order to one terminal. Purpose "xueshi-command-v1". A terminal obeys one that the pinned key signed,
/// that names it, that has not expired and whose number it has not seen: a copy of it orders nothing.
struct Command {
    Uuid id;
    DeviceId device;
    std::int64_t number = 0; ///< grows with each command of the device, by the registry's clock
    std::string kind;        ///< record::CommandKind, or one of a newer registry
    json::Object arguments;
    std::string ordered_by; ///< the name of the token that ordered it
    std::int64_t issued_ms = 0, expires_ms = 0;
    bool operator==(const Command &) const = default;
};
/// Error: too_large.
Expected<SignedDocument> sign_command(const Signer &signer, const Command &command);
/// Verifies the signature first.
Expected<Command> open_command(const PublicKey &registry_key, const SignedDocument &document);
/// Of a document that was verified before, as one in the journal was.
Expected<Command> read_command(const SignedDocument &document);

inline constexpr std::size_t kMaxCommandBytes = 8 * 1024; ///< of the payload

/// Fields of a `command` event, and arguments of the verb `command`.
Expected<SignedDocument> command_from_data(const json::Object &data);

} // namespace xueshi::identity
