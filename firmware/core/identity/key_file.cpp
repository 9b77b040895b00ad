#include "firmware/core/identity/key_file.hpp"

#include <array>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "firmware/core/identity/secret_file.hpp"

namespace xueshi::identity {
namespace {

constexpr std::size_t kMaxPemBytes = 8 * 1024;
constexpr std::size_t kUncompressedDerBytes =
    91; // SubjectPublicKeyInfo of P-256 (RFC 5480) and of SM2: their object identifiers are of one length

struct FreeBio {
    void operator()(BIO *bio) const { BIO_free_all(bio); }
};
using BioHandle = std::unique_ptr<BIO, FreeBio>;

struct FreeDer {
    void operator()(unsigned char *der) const { OPENSSL_free(der); }
};

/// Without it OpenSSL would ask on the terminal for the password of an encrypted key.
int no_password(char *, int, int, void *) {
    return -1;
}

BioHandle memory_bio(std::string_view text) {
    return BioHandle(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string content_of(BIO *bio) {
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Expected<KeyHandle> read_private_key(std::string_view pem, Suite suite) {
    const BioHandle bio = memory_bio(pem);
    KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    if (!key) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::corrupt, "read private key"));
    }
    const auto found = suite_of(key.get());
    if (!found) {
        return tl::unexpected<Error>(found.error());
    }
    if (*found != suite) {
        return fail(
            ErrorCode::unsupported,
            fmt::format("key of suite {}; {} expected. A suite is chosen when the key is made: a key of another "
                        "one is another device",
                        to_string(*found), to_string(suite)));
    }
    return key;
}

KeyHandle generate(Suite suite) {
    return KeyHandle(suite == Suite::sm2_sm3 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2") : EVP_EC_gen("P-256"));
}

Expected<KeyHandle> create_key(const std::filesystem::path &path, Suite suite) {
    KeyHandle key = generate(suite);
    const BioHandle bio(BIO_new(BIO_s_secmem()));
    if (!key || !bio ||
        PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "make a key"));
    }
    std::string pem = content_of(bio.get());
    const auto written = write_secret_file(path, pem);
    forget(pem);
    if (!written) {
        return fail(written, "write a new key");
    }
    return key;
}

} // namespace

void FreeKey::operator()(evp_pkey_st *key) const {
    EVP_PKEY_free(key);
}

Expected<Suite> suite_of(evp_pkey_st *key) {
    std::array<char, 64> group{};
    std::size_t length = 0;
    const bool named = EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1;
    const std::string_view curve(group.data(), named ? length : 0);
    if (EVP_PKEY_is_a(key, "EC") == 1 && curve == "prime256v1") {
        return Suite::p256_sha256;
    }
    if (EVP_PKEY_is_a(key, "SM2") == 1 && curve == "SM2") {
        return Suite::sm2_sm3;
    }
    const char *type = EVP_PKEY_get0_type_name(key);
    return fail(ErrorCode::unsupported, fmt::format("key of type {} {}; P-256 (suite 1) or SM2 (suite 2) expected",
                                                    type != nullptr ? type : "?", curve));
}

Expected<KeyHandle> open_or_create_key(const std::filesystem::path &path, Suite suite) {
    auto pem = read_secret_file(path, kMaxPemBytes);
    if (!pem) {
        return pem.error().code == ErrorCode::not_found ? create_key(path, suite) : fail(pem, "key");
    }
    auto key = read_private_key(*pem, suite);
    forget(*pem);
    return key ? std::move(key) : fail(key, path.string());
}

Expected<KeyHandle> read_public_key(std::string_view pem) {
    if (pem.size() > kMaxPemBytes) {
        return fail(ErrorCode::too_large, "public key over 8 KiB");
    }
    const BioHandle bio = memory_bio(pem);
    KeyHandle key(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
    if (!key) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::corrupt, "read public key"));
    }
    if (const auto suite = suite_of(key.get()); !suite) {
        return tl::unexpected<Error>(suite.error());
    }
    if (const auto der = public_key_der(key.get()); !der) {
        return tl::unexpected<Error>(der.error());
    }
    return key;
}

Expected<std::string> public_key_pem(evp_pkey_st *key) {
    ERR_clear_error();
    const BioHandle bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_PUBKEY(bio.get(), key) != 1 || ERR_peek_error() != 0) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "write a public key"));
    }
    return content_of(bio.get());
}

Expected<Bytes> public_key_der(evp_pkey_st *key) {
    ERR_clear_error();
    unsigned char *der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    const std::unique_ptr<unsigned char, FreeDer> owned(der);
    if (size <= 0 || ERR_peek_error() != 0) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "write a public key"));
    }
    // A compressed point is the same key with another fingerprint: one key must not be two devices.
    if (static_cast<std::size_t>(size) != kUncompressedDerBytes) {
        return fail(ErrorCode::unsupported, "public key: an uncompressed point expected");
    }
    return Bytes(der, der + size);
}

Error openssl_error(ErrorCode code, std::string_view what) {
    const unsigned long reason = ERR_get_error();
    ERR_clear_error();
    const char *text = reason != 0 ? ERR_reason_error_string(reason) : nullptr;
    return {code, std::string(what) + ": " + (text != nullptr ? text : "failed")};
}

} // namespace xueshi::identity
