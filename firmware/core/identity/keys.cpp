#include "firmware/core/identity/keys.hpp"

#include "firmware/core/identity/key_file.hpp"
#include "firmware/core/identity/signature.hpp"

namespace xueshi::identity {
namespace {

class FileSigner final : public Signer {
public:
    FileSigner(KeyHandle key, std::string pem, Suite suite)
        : key_(std::move(key)), suite_(suite), pem_(std::move(pem)) {}

    int suite() const override { return static_cast<int>(suite_); }
    std::string_view key_level() const override { return "file"; }
    std::string public_key_pem() const override { return pem_; }
    Expected<Bytes> sign(ByteView message) const override { return sign_message(key_.get(), suite_, message); }

private:
    KeyHandle key_;
    Suite suite_;
    std::string pem_;
};

} // namespace

std::string_view to_string(Suite suite) {
    return suite == Suite::sm2_sm3 ? "sm2-sm3" : "p256-sha256";
}

Expected<Suite> parse_suite(std::string_view text) {
    for (const Suite suite : {Suite::p256_sha256, Suite::sm2_sm3}) {
        if (to_string(suite) == text) {
            return suite;
        }
    }
    return fail(ErrorCode::invalid_argument, "suite must be p256-sha256 or sm2-sm3");
}

Expected<void> try_out(const Signer &signer) {
    const auto key = PublicKey::from_pem(signer.public_key_pem());
    if (!key) {
        return tl::unexpected<Error>(key.error());
    }
    const ByteView probe = as_bytes("xueshi tries a key");
    const auto signature = signer.sign(probe);
    return signature ? key->verify(probe, *signature) : tl::unexpected<Error>(signature.error());
}

Expected<std::unique_ptr<Signer>> open_or_create_signer(const std::filesystem::path &path, Suite suite) {
    auto key = open_or_create_key(path, suite);
    if (!key) {
        return fail(key, "signing key");
    }
    auto pem = public_key_pem(key->get());
    if (!pem) {
        return fail(pem, "signing key");
    }
    auto signer = std::make_unique<FileSigner>(std::move(*key), std::move(*pem), suite);
    if (const auto works = try_out(*signer); !works) {
        return fail(works, "signing key");
    }
    return signer;
}

struct PublicKey::Impl {
    KeyHandle key;
    Suite suite;
    DigestHandle ready;
    std::string pem;
    Sha256 fingerprint;
};

PublicKey::PublicKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PublicKey::PublicKey(PublicKey &&) noexcept = default;
PublicKey &PublicKey::operator=(PublicKey &&) noexcept = default;
PublicKey::~PublicKey() = default;

Expected<PublicKey> PublicKey::from_pem(std::string_view pem) {
    auto key = read_public_key(pem);
    if (!key) {
        return tl::unexpected<Error>(key.error());
    }
    const auto suite = suite_of(key->get());
    if (!suite) {
        return tl::unexpected<Error>(suite.error());
    }
    auto ready = prepare_verification(key->get(), *suite);
    if (!ready) {
        return tl::unexpected<Error>(ready.error());
    }
    auto text = public_key_pem(key->get());
    const auto der = text ? public_key_der(key->get()) : tl::unexpected<Error>(text.error());
    if (!der) {
        return tl::unexpected<Error>(der.error());
    }
    return PublicKey(
        std::make_unique<Impl>(Impl{std::move(*key), *suite, std::move(*ready), std::move(*text), sha256(*der)}));
}

int PublicKey::suite() const {
    return static_cast<int>(impl_->suite);
}

Expected<void> PublicKey::verify(ByteView message, ByteView signature) const {
    return verify_message(impl_->ready.get(), message, signature);
}

Sha256 PublicKey::fingerprint() const {
    return impl_->fingerprint;
}
std::string PublicKey::pem() const {
    return impl_->pem;
}

DeviceId device_id(const PublicKey &signing_key) {
    return DeviceId("d-" + hex(ByteView(signing_key.fingerprint()).first(10)));
}

} // namespace xueshi::identity
