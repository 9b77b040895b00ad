#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace xueshi::test {

/// A certificate authority in memory, for tests of TLS. Links OpenSSL::Crypto.
class TestPki {
public:
    struct Issued {
        std::string certificate_pem, key_pem;
    };
    struct Wish {
        std::string common_name = "server";
        std::string alternative_name = "IP:127.0.0.1";   ///< empty: none
        long valid_from_s = -3600, valid_until_s = 3600; ///< from now
    };

    explicit TestPki(const std::string &name = "test CA") : key_(new_key()) {
        Wish wish;
        wish.common_name = name;
        wish.alternative_name.clear();
        certificate_ = sign(wish, key_.get(), nullptr);
    }

    std::string ca_pem() const { return pem(certificate_.get()); }

    Issued issue(const Wish &wish) const {
        const Key key = new_key();
        const Certificate certificate = sign(wish, key.get(), certificate_.get());
        BIO *memory = BIO_new(BIO_s_mem());
        PEM_write_bio_PrivateKey(memory, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        return {pem(certificate.get()), text(memory)};
    }

    /// A client certificate for the key of a certificate request.
    std::string issue_for(const std::string &request_pem, const std::string &common_name) const {
        BIO *memory = BIO_new_mem_buf(request_pem.data(), static_cast<int>(request_pem.size()));
        X509_REQ *request = PEM_read_bio_X509_REQ(memory, nullptr, nullptr, nullptr);
        BIO_free(memory);
        if (request == nullptr) {
            throw std::runtime_error("not a certificate request");
        }
        Wish wish;
        wish.common_name = common_name;
        wish.alternative_name.clear();
        const std::string out = pem(sign(wish, X509_REQ_get0_pubkey(request), certificate_.get()).get());
        X509_REQ_free(request);
        return out;
    }

private:
    struct Free {
        void operator()(EVP_PKEY *key) const { EVP_PKEY_free(key); }
        void operator()(X509 *certificate) const { X509_free(certificate); }
    };
    using Key = std::unique_ptr<EVP_PKEY, Free>;
    using Certificate = std::unique_ptr<X509, Free>;

    static Key new_key() { return Key(EVP_EC_gen("P-256")); }

    static std::string text(BIO *memory) {
        char *data = nullptr;
        const long size = BIO_get_mem_data(memory, &data);
        std::string out(data, static_cast<std::size_t>(size));
        BIO_free(memory);
        return out;
    }
    static std::string pem(X509 *certificate) {
        BIO *memory = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(memory, certificate);
        return text(memory);
    }

    static void extend(X509 *certificate, int kind, const std::string &value) {
        X509_EXTENSION *extension = X509V3_EXT_nconf_nid(nullptr, nullptr, kind, value.c_str());
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }

    /// No `issuer`: signs itself, as a CA.
    Certificate sign(const Wish &wish, EVP_PKEY *key, X509 *issuer) const {
        static long serial = 1;
        Certificate out(X509_new());
        X509_set_version(out.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(out.get()), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(out.get()), wish.valid_from_s);
        X509_gmtime_adj(X509_getm_notAfter(out.get()), wish.valid_until_s);
        X509_set_pubkey(out.get(), key);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char *>(wish.common_name.c_str()), -1, -1, 0);
        X509_set_issuer_name(out.get(), X509_get_subject_name(issuer != nullptr ? issuer : out.get()));
        extend(out.get(), NID_basic_constraints, issuer != nullptr ? "critical,CA:FALSE" : "critical,CA:TRUE");
        if (!wish.alternative_name.empty()) {
            extend(out.get(), NID_subject_alt_name, wish.alternative_name);
        }
        X509_sign(out.get(), key_.get(), EVP_sha256());
        return out;
    }

    Key key_;
    Certificate certificate_;
};

} // namespace xueshi::test
