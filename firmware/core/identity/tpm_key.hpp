#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "firmware/core/identity/keys.hpp"
#include "firmware/core/identity/seal.hpp"

namespace xueshi::identity {

/// A P-256 key that a TPM 2.0 made and alone can use, by OpenSSL's tpm2 provider (Debian: tpm2-openssl). The file
/// ("TSS2 PRIVATE KEY", 0600) holds it wrapped for that one TPM: a copy of the card is worth nothing elsewhere. Made
/// when there is no file. `tcti` says how to reach the TPM ("device:/dev/tpmrm0"); empty: the provider's default. Call
/// before any thread is started: the provider takes it from the environment. Error: unavailable when provider or TPM
/// are missing, and then nothing is made; denied for a file that others may read; corrupt for a damaged one;
/// unsupported for a key of another kind, or one that is not the TPM's.
Expected<std::unique_ptr<Signer>> open_or_create_tpm_signer(const std::filesystem::path &path, const std::string &tcti);

/// The data key, which the file (0600) holds wrapped under another key of the TPM's (README.md, "Sealing"). A key that
/// still lies open in the file, of a terminal without a TPM until now, is wrapped. `tcti` and errors as above; corrupt
/// also when another TPM's.
Expected<SealingKey> open_or_create_tpm_sealing_key(const std::filesystem::path &path, const std::string &tcti);

} // namespace xueshi::identity
