#include "firmware/kiosk/lan_certificate.hpp"

#include <memory>
#include <optional>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::kiosk {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMostPemBytes = 16u << 10;
constexpr const char *kFrom = "20240101000000Z", *kUntil = "20491231235959Z";
constexpr std::size_t kSerialBytes = 16;

struct Free {
    void operator()(EVP_PKEY *key) const { EVP_PKEY_free(key); }
    void operator()(X509 *certificate) const { X509_free(certificate); }
    void operator()(BIO *memory) const { BIO_free(memory); }
    void operator()(BIGNUM *number) const { BN_free(number); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Memory = std::unique_ptr<BIO, Free>;

std::string text_of(const Memory &memory) {
    char *data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bool set_serial(X509 *certificate) {
    const auto random = random_bytes(kSerialBytes);
    const std::unique_ptr<BIGNUM, Free> number(BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_name(X509 *certificate, const std::string &device) {
    const auto name = "xueshi " + device.substr(0, 48); // a common name has 64 characters at most
    X509_NAME *subject = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char *>(name.data()),
                                      static_cast<int>(name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(certificate, subject) == 1;
}

Certificate make_certificate(EVP_PKEY *key, const std::string &device) {
    Certificate certificate(X509_new());
    const bool made = certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                      set_serial(certificate.get()) && set_name(certificate.get(), device) &&
                      ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), kFrom) == 1 &&
                      ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), kUntil) == 1 &&
                      X509_set_pubkey(certificate.get(), key) == 1 &&
                      X509_sign(certificate.get(), key, EVP_sha256()) > 0;
    return made ? std::move(certificate) : nullptr;
}

Certificate read_certificate(const fs::path &file) {
    const auto pem = read_file(file, kMostPemBytes);
    const Memory memory(pem ? BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())) : nullptr);
    return Certificate(memory ? PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr) : nullptr);
}

Key read_key(const fs::path &file) {
    const auto pem = read_file(file, kMostPemBytes);
    const Memory memory(pem ? BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())) : nullptr);
    return Key(memory ? PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr) : nullptr);
}

std::string fingerprint_of(const X509 *certificate) {
    Bytes digest(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        constexpr const char *kDigits = "0123456789ABCDEF";
        out += i == 0 ? "" : ":";
        out += kDigits[digest[i] >> 4U];
        out += kDigits[digest[i] & 0x0fU];
    }
    return out;
}

/// The certificate is written last: a power cut between leaves a pair that does not belong together, which is made
/// anew.
Expected<Certificate> create(const LanCertificate &files, const std::string &device) {
    const Key key(EVP_EC_gen("P-256"));
    auto certificate = key ? make_certificate(key.get(), device) : nullptr;
    const Memory key_pem(BIO_new(BIO_s_mem())), certificate_pem(BIO_new(BIO_s_mem()));
    if (!certificate || !key_pem || !certificate_pem ||
        PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(certificate_pem.get(), certificate.get()) != 1) {
        return fail(ErrorCode::io, "make the certificate of the local network's page");
    }
    if (auto written = write_file_durably(files.key, text_of(key_pem), 0600); !written) {
        return tl::unexpected(written.error());
    }
    if (auto written = write_file_durably(files.certificate, text_of(certificate_pem), 0600); !written) {
        return tl::unexpected(written.error());
    }
    log::info("lan_certificate_made", {{"fingerprint", fingerprint_of(certificate.get())}});
    return certificate;
}

} // namespace

Expected<LanCertificate> open_or_create_lan_certificate(const fs::path &directory, const std::string &device) {
    LanCertificate files{directory / "lan_certificate.pem", directory / "lan_key.pem", {}};
    auto certificate = read_certificate(files.certificate);
    const auto key = read_key(files.key);
    if (!certificate || !key || X509_check_private_key(certificate.get(), key.get()) != 1) {
        auto made = create(files, device);
        if (!made) {
            return tl::unexpected(made.error());
        }
        certificate = std::move(*made);
    }
    files.fingerprint = fingerprint_of(certificate.get());
    return files;
}

} // namespace xueshi::kiosk
