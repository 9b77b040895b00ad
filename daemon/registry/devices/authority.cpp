#include "daemon/registry/devices/authority.hpp"

#include <sys/stat.h>

#include <openssl/x509v3.h>

#include "daemon/registry/devices/certificates.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::registry::devices {

namespace {

constexpr std::int64_t kCaDays = 20 * 365, kServerDays = 2 * 365, kClientDays = 2 * 365;
constexpr std::int64_t kRenewBeforeMs = 30LL * 86'400'000;
constexpr std::uint64_t kMaxPemBytes = 64 * 1024;

/// A key and its certificate in two files.
struct Pair {
    Key key;
    Certificate certificate;
};

Expected<Key> load_key(const std::filesystem::path &file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) {
        return tl::unexpected(error_from_errno(errno, file.string()));
    }
    if ((status.st_mode & 0077) != 0) {
        return fail(ErrorCode::denied, file.string() + " may be read by others: chmod 600 it");
    }
    const auto pem = read_file(file, kMaxPemBytes);
    return pem ? read_private_key(*pem) : Expected<Key>(tl::unexpected(pem.error()));
}

Expected<Pair> load_pair(const std::filesystem::path &key_file, const std::filesystem::path &certificate_file) {
    auto key = load_key(key_file);
    if (!key) {
        return tl::unexpected(key.error());
    }
    const auto pem = read_file(certificate_file, kMaxPemBytes);
    if (!pem) {
        return tl::unexpected(pem.error());
    }
    auto certificate = read_certificate(*pem);
    if (!certificate) {
        return fail(certificate, certificate_file.string());
    }
    if (X509_check_private_key(certificate->get(), key->get()) != 1) {
        return fail(ErrorCode::corrupt, certificate_file.string() + " is not of the key beside it");
    }
    return Pair{std::move(*key), std::move(*certificate)};
}

/// The key first: a certificate without its key would be worthless, a key alone is replaced at the next start.
Expected<void> save_pair(const Pair &pair, const std::filesystem::path &key_file,
                         const std::filesystem::path &certificate_file) {
    const auto key = private_key_pem(pair.key.get());
    const auto certificate = certificate_pem(pair.certificate.get());
    if (!key || !certificate) {
        return tl::unexpected(key ? certificate.error() : key.error());
    }
    if (auto written = write_file_durably(key_file, *key, 0600); !written) {
        return written;
    }
    return write_file_durably(certificate_file, *certificate, 0644);
}

Expected<Pair> make_ca(std::int64_t now_ms) {
    auto key = make_key();
    if (!key) {
        return tl::unexpected(key.error());
    }
    CertificatePlan plan;
    plan.common_name = "Xueshi registry CA";
    plan.now_ms = now_ms;
    plan.days = kCaDays;
    plan.basic_constraints = "critical,CA:TRUE,pathlen:0";
    plan.key_usage = "critical,keyCertSign,cRLSign";
    auto certificate = make_certificate(plan, key->get(), nullptr, key->get());
    if (!certificate) {
        return tl::unexpected(certificate.error());
    }
    return Pair{std::move(*key), std::move(*certificate)};
}

Expected<std::string> alternative_names(const std::vector<std::string> &names) {
    std::string text;
    for (const std::string &name : names) {
        const bool plain =
            !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                    "0123456789.:-*") == std::string::npos;
        if (!plain) {
            return fail(ErrorCode::invalid_argument, "tls.names: neither a host name nor an IP address: " + name);
        }
        ASN1_OCTET_STRING *address = a2i_IPADDRESS(name.c_str());
        text += (text.empty() ? "" : ",") + std::string(address != nullptr ? "IP:" : "DNS:") + name;
        ASN1_OCTET_STRING_free(address);
    }
    return text;
}

Expected<Pair> make_server(const Pair &ca, const std::vector<std::string> &names, std::int64_t now_ms) {
    auto listed = alternative_names(names);
    auto key = make_key();
    if (!listed || !key) {
        return tl::unexpected(listed ? key.error() : listed.error());
    }
    CertificatePlan plan;
    plan.common_name = names.empty() ? "xueshi-registryd" : names.front();
    plan.now_ms = now_ms;
    plan.days = kServerDays;
    plan.basic_constraints = "critical,CA:FALSE";
    plan.key_usage = "critical,digitalSignature";
    plan.extended_key_usage = "serverAuth";
    plan.alternative_names = std::move(*listed);
    auto certificate = make_certificate(plan, key->get(), ca.certificate.get(), ca.key.get());
    if (!certificate) {
        return tl::unexpected(certificate.error());
    }
    return Pair{std::move(*key), std::move(*certificate)};
}

} // namespace

struct Authority::Impl {
    std::filesystem::path directory;
    Pair ca;
    std::string ca_pem;
};

Authority::Authority(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Authority::~Authority() = default;

const std::string &Authority::ca_pem() const {
    return impl_->ca_pem;
}
std::filesystem::path Authority::ca_file() const {
    return impl_->directory / "ca.pem";
}
std::filesystem::path Authority::server_certificate_file() const {
    return impl_->directory / "server.pem";
}
std::filesystem::path Authority::server_key_file() const {
    return impl_->directory / "server.key";
}

namespace {

Expected<Pair> open_ca(const std::filesystem::path &directory, std::int64_t now_ms) {
    const auto key_file = directory / "ca.key", certificate_file = directory / "ca.pem";
    if (std::filesystem::exists(certificate_file)) {
        return load_pair(key_file, certificate_file); // never made again over one that devices trust
    }
    auto made = make_ca(now_ms);
    if (made) {
        if (auto saved = save_pair(*made, key_file, certificate_file); !saved) {
            return tl::unexpected(saved.error());
        }
    }
    return made;
}

Expected<void> open_server(const Authority &authority, const Pair &ca, const std::vector<std::string> &names,
                           std::int64_t now_ms) {
    const auto there = load_pair(authority.server_key_file(), authority.server_certificate_file());
    if (there && has_names(there->certificate.get(), names) &&
        X509_verify(there->certificate.get(), X509_get0_pubkey(ca.certificate.get())) == 1 &&
        !ends_before(there->certificate.get(), now_ms + kRenewBeforeMs)) {
        return {};
    }
    const auto made = make_server(ca, names, now_ms);
    if (!made) {
        return tl::unexpected(made.error());
    }
    return save_pair(*made, authority.server_key_file(), authority.server_certificate_file());
}

} // namespace

Expected<std::unique_ptr<Authority>> Authority::open(const std::filesystem::path &directory,
                                                     const std::vector<std::string> &names, std::int64_t now_ms) {
    if (auto made = make_directory(directory, 0700); !made) {
        return tl::unexpected(made.error());
    }
    auto ca = open_ca(directory, now_ms);
    if (!ca) {
        return fail(ca, "open the certificate authority");
    }
    auto impl = std::make_unique<Impl>();
    impl->directory = directory;
    impl->ca = std::move(*ca);
    auto ca_pem = certificate_pem(impl->ca.certificate.get());
    if (!ca_pem) {
        return tl::unexpected(ca_pem.error());
    }
    impl->ca_pem = std::move(*ca_pem);
    const Pair &ca_pair = impl->ca;
    std::unique_ptr<Authority> authority(new Authority(std::move(impl)));
    if (auto server = open_server(*authority, ca_pair, names, now_ms); !server) {
        return fail(server, "open the server's certificate");
    }
    return authority;
}

Expected<IssuedCertificate> Authority::issue(std::string_view request_pem, const DeviceId &device,
                                             std::int64_t now_ms) const {
    const auto request = read_request(request_pem);
    if (!request) {
        return tl::unexpected(request.error());
    }
    CertificatePlan plan;
    plan.common_name = device.str();
    plan.now_ms = now_ms;
    plan.days = kClientDays;
    plan.basic_constraints = "critical,CA:FALSE";
    plan.key_usage = "critical,digitalSignature";
    plan.extended_key_usage = "clientAuth";
    const auto certificate =
        make_certificate(plan, X509_REQ_get0_pubkey(request->get()), impl_->ca.certificate.get(), impl_->ca.key.get());
    if (!certificate) {
        return tl::unexpected(certificate.error());
    }
    auto pem = certificate_pem(certificate->get());
    if (!pem) {
        return tl::unexpected(pem.error());
    }
    return IssuedCertificate{std::move(*pem), serial_hex(certificate->get())};
}

Expected<ClientCertificate> read_client_certificate(std::string_view pem) {
    const auto certificate = read_certificate(pem);
    if (!certificate) {
        return tl::unexpected(certificate.error());
    }
    return ClientCertificate{DeviceId(common_name(certificate->get())), serial_hex(certificate->get())};
}

} // namespace xueshi::registry::devices
