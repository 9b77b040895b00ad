#include "firmware/core/identity/tpm_key.hpp"

#include <mutex>

#include "firmware/core/identity/secret_file.hpp"
#include "firmware/core/identity/signature.hpp"
#include "firmware/core/identity/tpm.hpp"

namespace xueshi::identity {
namespace {

class TpmSigner final : public Signer {
public:
    TpmSigner(Tpm tpm, KeyHandle key, std::string pem)
        : tpm_(std::move(tpm)), key_(std::move(key)), pem_(std::move(pem)) {}

    int suite() const override { return static_cast<int>(Suite::p256_sha256); }
    std::string_view key_level() const override { return "hardware"; }
    std::string public_key_pem() const override { return pem_; }
    Expected<Bytes> sign(ByteView message) const override {
        const std::lock_guard guard(mutex_); // one conversation with the TPM at a time
        return sign_message(key_.get(), Suite::p256_sha256, message, tpm_.context.get(), kTpmQuery);
    }

private:
    mutable std::mutex mutex_;
    Tpm tpm_; ///< before the key, which goes first
    KeyHandle key_;
    std::string pem_;
};

} // namespace

Expected<std::unique_ptr<Signer>> open_or_create_tpm_signer(const std::filesystem::path &path,
                                                            const std::string &tcti) {
    const auto pem = read_secret_file(path, kMaxTpmFileBytes);
    if (!pem && pem.error().code != ErrorCode::not_found) {
        return fail(pem, "signing key");
    }
    auto tpm = reach_tpm(tcti);
    if (!tpm) {
        return fail(tpm, "identity.key = tpm");
    }
    auto key = pem ? read_tpm_key(*tpm, *pem) : make_tpm_key(*tpm);
    if (!key) {
        return fail(key, path.string());
    }
    const auto its_pem = pem ? pem : tpm_key_pem(key->get());
    if (!its_pem) {
        return fail(its_pem, path.string());
    }
    const auto suite = suite_of(key->get());
    if (!suite || *suite != Suite::p256_sha256) {
        return suite ? fail(ErrorCode::unsupported, "the TPM's key is not P-256") : tl::unexpected(suite.error());
    }
    auto public_pem = public_key_pem(key->get());
    if (!public_pem) {
        return fail(public_pem, path.string());
    }
    auto signer = std::make_unique<TpmSigner>(std::move(*tpm), std::move(*key), std::move(*public_pem));
    if (const auto works = try_out(*signer); !works) {
        return fail(works, path.string());
    }
    if (!pem) { // a new one stays only if it works
        if (const auto written = write_secret_file(path, *its_pem); !written) {
            return fail(written, "write the TPM's key");
        }
    }
    return signer;
}

} // namespace xueshi::identity
