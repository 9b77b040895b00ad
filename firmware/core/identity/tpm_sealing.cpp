#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "firmware/core/identity/secret_file.hpp"
#include "firmware/core/identity/tpm.hpp"
#include "firmware/core/identity/tpm_key.hpp"

namespace xueshi::identity {
namespace {

struct Free {
    void operator()(EVP_PKEY_CTX *context) const { EVP_PKEY_CTX_free(context); }
};

constexpr std::string_view kPublicBegins = "-----BEGIN PUBLIC KEY-----", kPublicEnds = "-----END PUBLIC KEY-----\n";
constexpr std::string_view kWrapped = "xueshi sealing key";
constexpr std::size_t kSecretBytes = 32; ///< an x-coordinate of P-256

/// ECDH of `own` with `peer`, in the TPM when that holds `own`; then the one-step KDF of NIST SP 800-56C with SHA-256,
/// over the ephemeral public key and the TPM's.
Expected<SealingKey> agree(evp_pkey_st *own, evp_pkey_st *peer, const Tpm *holder) {
    OSSL_LIB_CTX *library = holder != nullptr ? holder->context.get() : nullptr;
    const std::unique_ptr<EVP_PKEY_CTX, Free> agreement(
        EVP_PKEY_CTX_new_from_pkey(library, own, holder != nullptr ? kTpmQuery : nullptr));
    std::size_t size = 0;
    if (!agreement || EVP_PKEY_derive_init(agreement.get()) != 1 ||
        EVP_PKEY_derive_set_peer(agreement.get(), peer) != 1 || EVP_PKEY_derive(agreement.get(), nullptr, &size) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::unavailable, "agree on a key"));
    }
    const auto first = public_key_der(holder != nullptr ? peer : own);
    const auto second = public_key_der(holder != nullptr ? own : peer);
    if (!first || !second) {
        return tl::unexpected<Error>(first ? second.error() : first.error());
    }
    Bytes secret(std::max(size, kSecretBytes));
    if (EVP_PKEY_derive(agreement.get(), secret.data(), &size) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::unavailable, "agree on a key"));
    }
    // A TPM may give it without its leading zeros; what both sides derive from has its full length (SEC 1, 2.3.5).
    std::ranges::rotate(secret, secret.begin() + static_cast<std::ptrdiff_t>(size));
    Sha256Stream kdf;
    kdf.update(Bytes{0, 0, 0, 1});
    kdf.update(secret);
    kdf.update(*first);
    kdf.update(*second);
    OPENSSL_cleanse(secret.data(), secret.size());
    return kdf.finish();
}

/// For the TPM alone: it agrees with a key pair whose private half is thrown away here.
Expected<std::string> wrap(const Tpm &tpm, const SealingKey &data_key) {
    const auto tpm_key = make_tpm_key(tpm);
    const auto pem = tpm_key ? tpm_key_pem(tpm_key->get()) : tl::unexpected<Error>(tpm_key.error());
    if (!pem) {
        return tl::unexpected<Error>(pem.error());
    }
    const KeyHandle ephemeral(EVP_EC_gen("P-256"));
    const auto its_pem = public_key_pem(tpm_key->get());
    const auto its_public = its_pem ? read_public_key(*its_pem) : tl::unexpected<Error>(its_pem.error());
    const auto own_pem = ephemeral ? public_key_pem(ephemeral.get()) : fail(ErrorCode::io, "make a key");
    if (!own_pem || !its_public) {
        return fail(ErrorCode::io, "make a key to wrap with");
    }
    const auto wrapping = agree(ephemeral.get(), its_public->get(), nullptr);
    const auto sealed = wrapping ? seal(*wrapping, data_key, kWrapped) : tl::unexpected<Error>(wrapping.error());
    if (!sealed) {
        return tl::unexpected<Error>(sealed.error());
    }
    return *pem + *own_pem + base64(*sealed) + "\n";
}

Expected<SealingKey> unwrap(const Tpm &tpm, std::string_view text) {
    const std::size_t begin = text.find(kPublicBegins);
    const std::size_t end = begin == std::string_view::npos ? begin : text.find(kPublicEnds, begin);
    if (end == std::string_view::npos || !text.ends_with('\n')) {
        return fail(ErrorCode::corrupt, "no wrapped data key");
    }
    const std::size_t rest = end + kPublicEnds.size();
    const auto sealed = parse_base64(text.substr(rest, text.size() - rest - 1));
    const auto ephemeral = read_public_key(text.substr(begin, rest - begin));
    const auto tpm_key = read_tpm_key(tpm, text.substr(0, begin));
    if (!sealed || !ephemeral || !tpm_key) {
        return tl::unexpected<Error>(!sealed ? sealed.error() : !ephemeral ? ephemeral.error() : tpm_key.error());
    }
    const auto wrapping = agree(tpm_key->get(), ephemeral->get(), &tpm);
    auto plain = wrapping ? open_sealed(*wrapping, *sealed, kWrapped) : tl::unexpected<Error>(wrapping.error());
    SealingKey key{};
    if (!plain || plain->size() != key.size()) {
        return plain ? fail(ErrorCode::corrupt, "no data key is wrapped") : tl::unexpected<Error>(plain.error());
    }
    std::ranges::copy(*plain, key.begin());
    OPENSSL_cleanse(plain->data(), plain->size());
    return key;
}

/// New, or as it lay open in the file.
Expected<SealingKey> begin_wrapping(const Tpm &tpm, const std::filesystem::path &path, std::string_view open) {
    const Bytes fresh = open.empty() ? random_bytes(sizeof(SealingKey)) : Bytes(open.begin(), open.end());
    SealingKey key{};
    std::ranges::copy(fresh, key.begin());
    const auto text = wrap(tpm, key);
    const auto back = text ? unwrap(tpm, *text) : tl::unexpected<Error>(text.error());
    if (!back || *back != key) { // the key that lies open goes only for one that can be had again
        return back ? fail(ErrorCode::io, "wrap the data key: the TPM gives another one back")
                    : fail(back, "wrap the data key");
    }
    const auto written = write_secret_file(path, *text);
    return written ? Expected<SealingKey>(key) : fail(written, "wrap the data key");
}

} // namespace

Expected<SealingKey> open_or_create_tpm_sealing_key(const std::filesystem::path &path, const std::string &tcti) {
    auto text = read_secret_file(path, kMaxTpmFileBytes);
    if (!text && text.error().code != ErrorCode::not_found) {
        return fail(text, "data key");
    }
    const auto tpm = reach_tpm(tcti);
    if (!tpm) {
        return fail(tpm, "identity.key = tpm");
    }
    const bool open = text && text->size() == sizeof(SealingKey);
    if (!text || open) {
        return begin_wrapping(*tpm, path, open ? *text : std::string_view());
    }
    auto key = unwrap(*tpm, *text);
    return key ? std::move(key) : fail(key, path.string());
}

} // namespace xueshi::identity
