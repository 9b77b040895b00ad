#include "firmware/core/identity/envelope.hpp"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "firmware/core/identity/freed_by.hpp"
#include "firmware/core/identity/key_file.hpp"

namespace xueshi::identity {
namespace {

constexpr unsigned kFlags = CMS_BINARY | CMS_USE_KEYID;

using BioHandle = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using CmsHandle = std::unique_ptr<CMS_ContentInfo, FreedBy<CMS_ContentInfo_free>>;
using CertificateHandle = std::unique_ptr<X509, FreedBy<X509_free>>;
using OctetsHandle = std::unique_ptr<ASN1_OCTET_STRING, FreedBy<ASN1_OCTET_STRING_free>>;

BioHandle bio_over(ByteView bytes) {
    return BioHandle(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

ByteView content_of(BIO *bio) {
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return as_bytes(std::string_view(data, size > 0 ? static_cast<std::size_t>(size) : 0));
}

/// CMS names a receiver by a certificate; of this one it takes the key and the key's name (its SHA-256), and nobody
/// else ever sees it. OpenSSL reads the name out of whole certificates only, so it is signed, by a key for once.
CertificateHandle nameplate(evp_pkey_st *key, const Sha256 &name) {
    CertificateHandle certificate(X509_new());
    const OctetsHandle id(ASN1_OCTET_STRING_new());
    const KeyHandle once(EVP_EC_gen("P-256"));
    const bool made = certificate && id && once && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                      ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1 &&
                      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0) != nullptr &&
                      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 1) != nullptr &&
                      X509_set_pubkey(certificate.get(), key) == 1 &&
                      ASN1_OCTET_STRING_set(id.get(), name.data(), static_cast<int>(name.size())) == 1 &&
                      X509_add1_ext_i2d(certificate.get(), NID_subject_key_identifier, id.get(), 0, 0) == 1 &&
                      X509_sign(certificate.get(), once.get(), EVP_sha256()) > 0;
    return made ? std::move(certificate) : nullptr;
}

bool add_receiver(CMS_ContentInfo *cms, X509 *receiver) {
    CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, receiver, kFlags);
    EVP_PKEY_CTX *agreement = info != nullptr ? CMS_RecipientInfo_get0_pkey_ctx(info) : nullptr;
    return agreement != nullptr && EVP_PKEY_CTX_set_ecdh_kdf_md(agreement, EVP_sha256()) > 0; // SHA-1 unless told
}

} // namespace

Expected<Bytes> seal_for(std::string_view receiver_pem, ByteView plain) {
    const auto key = read_public_key(receiver_pem);
    if (!key) {
        return fail(key, "the receiver's sealing key");
    }
    const auto suite = suite_of(key->get());
    if (!suite || *suite != Suite::p256_sha256) {
        return fail(ErrorCode::unsupported, "the receiver's sealing key: P-256 expected");
    }
    const auto der = public_key_der(key->get());
    if (!der) {
        return tl::unexpected<Error>(der.error());
    }
    const CertificateHandle receiver = nameplate(key->get(), sha256(*der));
    const CmsHandle cms(
        CMS_AuthEnvelopedData_create_ex(EVP_aes_256_gcm(), nullptr, nullptr)); // its parts are added before the content
    const BioHandle content = bio_over(plain), out(BIO_new(BIO_s_mem()));
    const bool sealed = receiver && cms && content && out && add_receiver(cms.get(), receiver.get()) &&
                        CMS_set_detached(cms.get(), 0) == 1 &&
                        CMS_final(cms.get(), content.get(), nullptr, kFlags) == 1 &&
                        i2d_CMS_bio(out.get(), cms.get()) == 1;
    if (!sealed) {
        return tl::unexpected<Error>(openssl_error(ErrorCode::io, "seal"));
    }
    const ByteView bytes = content_of(out.get());
    return Bytes(bytes.begin(), bytes.end());
}

Expected<EnvelopeKey> EnvelopeKey::open_or_create(const std::filesystem::path &path) {
    auto key = open_or_create_key(path, Suite::p256_sha256);
    auto pem = key ? identity::public_key_pem(key->get()) : tl::unexpected<Error>(key.error());
    if (!pem) {
        return fail(pem, "sealing key");
    }
    return EnvelopeKey(std::shared_ptr<evp_pkey_st>(key->release(), FreeKey()), std::move(*pem));
}

Expected<std::string> EnvelopeKey::open(ByteView sealed) const {
    const BioHandle in = bio_over(sealed), out(BIO_new(BIO_s_mem()));
    const CmsHandle cms(in ? d2i_CMS_bio(in.get(), nullptr) : nullptr);
    // Without authentication anybody could change what comes out.
    const bool ours = cms && OBJ_obj2nid(CMS_get0_type(cms.get())) == NID_id_smime_ct_authEnvelopedData;
    const bool opened = ours && out && BIO_eof(in.get()) == 1 &&
                        CMS_decrypt_set1_pkey(cms.get(), key_.get(), nullptr) == 1 &&
                        CMS_decrypt(cms.get(), nullptr, nullptr, nullptr, out.get(), CMS_BINARY) == 1;
    ERR_clear_error();
    if (!opened) {
        return fail(ErrorCode::corrupt, "not sealed for this registry, or damaged");
    }
    return std::string(as_text(content_of(out.get())));
}

} // namespace xueshi::identity
