#include <algorithm>
#include <array>
#include <cctype>

#include "daemon/upstream/archive/archive.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::upstream {

namespace {

constexpr std::uint64_t kMaxSecretBytes = 1'024, kMaxCaBytes = 4 << 20;
constexpr std::string_view kFile = "file://";

/// Without TLS people's faces would go over the wire in the clear: only to a gateway on this very device.
bool is_on_this_device(std::string_view url) {
    constexpr std::array kLoopback{"http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:", "http://localhost/"};
    return std::ranges::any_of(kLoopback, [url](std::string_view begin) { return url.starts_with(begin); });
}

std::string first_line(std::string text) {
    text.resize(std::min(text.find_first_of("\r\n"), text.size()));
    return text;
}

} // namespace

bool is_archive_name(std::string_view name) {
    const bool plain = std::ranges::all_of(
        name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/'; });
    return plain && !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos;
}

Expected<std::unique_ptr<Archive>> make_archive(boost::asio::io_context &io, const ArchivePlace &place) {
    if (place.url.starts_with(kFile)) {
        const std::filesystem::path folder = place.url.substr(kFile.size());
        if (!folder.is_absolute()) {
            return fail(ErrorCode::invalid_argument, "archive.url: a folder is named like file:///mnt/archive");
        }
        return make_folder_archive(folder);
    }
    const bool http = place.url.starts_with("https://") || place.url.starts_with("http://");
    if (http && !place.url.starts_with("https://") && !is_on_this_device(place.url)) {
        return fail(ErrorCode::invalid_argument, "archive.url: http is for a gateway on this device only; use https");
    }
    const auto host = place.url.find("://");
    if (!http || place.url.find('/', host + 3) == std::string::npos || place.url.ends_with('/')) {
        return fail(ErrorCode::invalid_argument,
                    "archive.url: file:///FOLDER, or the bucket as https://HOST/BUCKET or https://HOST/BUCKET/PREFIX");
    }
    if (place.access_key.empty() || place.region.empty()) {
        return fail(ErrorCode::invalid_argument, "archive.access_key and archive.region: S3 needs both");
    }
    auto secret = read_file(place.secret_file, kMaxSecretBytes);
    if (!secret) {
        return fail(secret, "archive.secret_file");
    }
    transport::TlsOptions tls;
    if (place.url.starts_with("https://")) {
        auto ca = read_file(place.ca_file, kMaxCaBytes);
        if (!ca) {
            return fail(ca, "archive.ca_file");
        }
        tls.ca_pem = std::move(*ca);
    }
    auto client = transport::make_curl_client(io, std::move(tls));
    if (!client) {
        return tl::unexpected<Error>(client.error());
    }
    transport::S3Signing signing{place.access_key, first_line(std::move(*secret)), place.region};
    return make_s3_archive(std::move(*client), place.url, std::move(signing));
}

} // namespace xueshi::upstream
