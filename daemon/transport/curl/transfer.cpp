#include "daemon/transport/curl/transfer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <curl/curl.h>
#include <fmt/format.h>

#include "firmware/core/base/file.hpp"

namespace xueshi::transport {

namespace asio = boost::asio;

static_assert(kErrorTextBytes == CURL_ERROR_SIZE);

namespace {

constexpr std::chrono::milliseconds kConnectTimeout{10'000}; ///< TCP and TLS together
constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

/// The other side refused the certificate that we showed, or that we showed none, by one of TLS's alerts (RFC 8446
/// section 6.2), here in OpenSSL's words. For "certificate expired" in a handshake of TLS 1.2 curl has words of its
/// own; those about a server that we do not trust begin otherwise.
bool refuses_ours(std::string_view text) {
    constexpr std::array kOurs{
        "alert bad certificate",     "alert unsupported certificate", "alert certificate revoked",
        "alert certificate expired", "alert certificate unknown",     "alert certificate required",
        "alert unknown ca",          "alert access denied",           "SSL certificate verification failed"};
    return std::any_of(kOurs.begin(), kOurs.end(),
                       [text](const char *words) { return text.find(words) != std::string_view::npos; });
}

ErrorCode classify(CURLcode code, long os_error, std::string_view text) {
    if (refuses_ours(text)) { // TLS 1.3 does it after the handshake
        return ErrorCode::unsupported;
    }
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return ErrorCode::timeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
        return ErrorCode::denied;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CLIENTCERT:
        return ErrorCode::unsupported;
    case CURLE_SSL_CONNECT_ERROR: // also when the peer only went away during the handshake
        return os_error != 0 || text.find("SYSCALL") != std::string_view::npos ? ErrorCode::unavailable
                                                                               : ErrorCode::denied;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return text.find("alert") != std::string_view::npos ? ErrorCode::denied : ErrorCode::unavailable;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return ErrorCode::unavailable;
    case CURLE_ABORTED_BY_CALLBACK:
        return ErrorCode::cancelled;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return ErrorCode::invalid_argument;
    default:
        return ErrorCode::io;
    }
}

std::string trimmed(std::string_view text) {
    const auto blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

} // namespace

Expected<void> check_url(const std::string &url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
    char *scheme = nullptr;
    char *host = nullptr;
    const bool readable = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
                          curl_url_get(parsed.get(), CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                          curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) == CURLUE_OK;
    const std::string scheme_name = scheme != nullptr ? scheme : "";
    const std::string host_name = host != nullptr ? host : "";
    curl_free(scheme);
    curl_free(host);
    const bool loopback = host_name == "127.0.0.1" || host_name == "[::1]" || host_name == "localhost";
    if (!readable || (scheme_name != "https" && !(scheme_name == "http" && loopback))) {
        return fail(ErrorCode::invalid_argument, "not an https address: " + url);
    }
    return {};
}

Transfer::Transfer(std::shared_ptr<Loop> loop, const TlsOptions &tls, HttpRequest request)
    : loop_(std::move(loop)), request_(std::move(request)), easy_(curl_easy_init()), done_(loop_->io()) {
    set_request();
    set_security(tls);
}

Transfer::~Transfer() {
    loop_->remove(easy_);
    curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
}

void Transfer::set_request() {
    for (const auto &[name, value] : request_.headers) {
        headers_ = curl_slist_append(headers_, fmt::format("{}: {}", name, value).c_str());
    }
    curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    if (request_.file_body) {
        set_file_body(*request_.file_body);
    } else if (!request_.body.empty() || request_.method == "POST") {
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    }
    if (request_.method == "HEAD") {
        curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L); // its answer may name a length and has no body
    }
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min(request_.timeout, kConnectTimeout).count()));
    if (request_.max_send_bytes_per_s > 0) {
        curl_easy_setopt(easy_, CURLOPT_MAX_SEND_SPEED_LARGE, static_cast<curl_off_t>(request_.max_send_bytes_per_s));
    }
    if (request_.stall.count() > 0) {
        curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.stall.count()));
    }
    if (request_.stop != nullptr) {
        curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
        curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
    }
    if (request_.sign_for_s3) {
        const S3Signing &signing = *request_.sign_for_s3;
        curl_easy_setopt(easy_, CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:s3", signing.region).c_str());
        curl_easy_setopt(easy_, CURLOPT_USERNAME, signing.access_key.c_str());
        curl_easy_setopt(easy_, CURLOPT_PASSWORD, signing.secret_key.c_str());
    }
    curl_easy_setopt(easy_, CURLOPT_SOCKOPTFUNCTION, &Transfer::on_socket);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_.data());
}

/// What the kernel takes before it can send it is lost with the connection.
int Transfer::on_socket(void *, int fd, int) {
    constexpr int kMostUnsent = 64 * 1024;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsent, sizeof kMostUnsent); // without it it works as well
    return CURL_SOCKOPT_OK;
}

void Transfer::set_file_body(const FileBody &body) {
    curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(body.bytes));
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &Transfer::on_read);
    curl_easy_setopt(easy_, CURLOPT_READDATA, this);
    curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, static_cast<curl_seek_callback>(&Transfer::on_seek));
    curl_easy_setopt(easy_, CURLOPT_SEEKDATA, this);
}

/// A file that became shorter ends the transfer: what was announced is never filled up with something else.
std::size_t Transfer::on_read(char *data, std::size_t size, std::size_t count, void *transfer) {
    auto &self = *static_cast<Transfer *>(transfer);
    const FileBody &body = *self.request_.file_body;
    const auto left = static_cast<std::size_t>(body.bytes - self.file_read_);
    const std::size_t wanted = std::min(size * count, left);
    std::int64_t got = 0;
    do {
        got = file_system().pread(body.file->get(), data, wanted, body.offset + self.file_read_);
    } while (got < 0 && errno == EINTR);
    if (got < 0 || (got == 0 && wanted > 0)) {
        return CURL_READFUNC_ABORT;
    }
    self.file_read_ += got;
    return static_cast<std::size_t>(got);
}

int Transfer::on_seek(void *transfer, std::int64_t offset, int origin) {
    if (origin != SEEK_SET) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    static_cast<Transfer *>(transfer)->file_read_ = offset;
    return CURL_SEEKFUNC_OK;
}

int Transfer::on_progress(void *transfer, std::int64_t, std::int64_t, std::int64_t, std::int64_t) {
    return static_cast<Transfer *>(transfer)->request_.stop->load() ? 1 : 0;
}

void Transfer::set_security(const TlsOptions &tls) {
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https"); // http: check_url allowed only loopback
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy_, CURLOPT_PROXY, ""); // not from the environment
    curl_easy_setopt(easy_, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    // Debian's curl knows the system's CAs by default, as a file and as a folder: neither is trusted here.
    curl_easy_setopt(easy_, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
    const bool by_key = !tls.pinned_public_key.empty();
    if (by_key) {
        curl_easy_setopt(easy_, CURLOPT_PINNEDPUBLICKEY, ("sha256//" + tls.pinned_public_key).c_str());
    }
    if (!tls.ca_pem.empty()) {
        std::string copy = tls.ca_pem;
        curl_blob blob{copy.data(), copy.size(), CURL_BLOB_COPY};
        curl_easy_setopt(easy_, CURLOPT_CAINFO_BLOB, &blob);
    }
    const bool by_ca = !tls.ca_pem.empty() || !by_key; // the pin alone stands for CA and name
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, by_ca ? 1L : 0L);
    curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, by_ca ? 2L : 0L);
    if (!tls.client_certificate.empty()) {
        curl_easy_setopt(easy_, CURLOPT_SSLCERT, tls.client_certificate.c_str());
        curl_easy_setopt(easy_, CURLOPT_SSLKEY, tls.client_key.c_str());
    }
}

asio::awaitable<Expected<HttpResponse>> Transfer::run() {
    done_.expires_at(std::chrono::steady_clock::time_point::max());
    loop_->add(easy_, [this](int code) {
        result_ = code;
        done_.cancel();
    });
    co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!result_) {
        co_return fail(ErrorCode::cancelled, "the request was given up");
    }
    if (*result_ != CURLE_OK) {
        co_return tl::unexpected(error(*result_));
    }
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<unsigned>(status);
    co_return std::move(response_);
}

Error Transfer::error(int code) const {
    if (too_large_) {
        return {ErrorCode::too_large, fmt::format("the answer is over {} bytes", request_.max_response_bytes)};
    }
    long os_error = 0;
    curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_error);
    const std::string text =
        error_text_[0] != '\0' ? error_text_.data() : curl_easy_strerror(static_cast<CURLcode>(code));
    return {classify(static_cast<CURLcode>(code), os_error, text), text};
}

std::size_t Transfer::on_header(char *data, std::size_t size, std::size_t count, void *transfer) {
    auto &self = *static_cast<Transfer *>(transfer);
    self.header_bytes_ += size * count;
    if (self.header_bytes_ > kMaxHeaderBytes) {
        self.too_large_ = true;
        return 0;
    }
    self.take_header({data, size * count});
    return size * count;
}

void Transfer::take_header(std::string_view line) {
    if (line.starts_with("HTTP/")) { // a new head: what came before was "100 Continue"
        response_.headers.clear();
        return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
        return;
    }
    std::string name = trimmed(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response_.headers[name] = trimmed(line.substr(colon + 1));
}

std::size_t Transfer::on_body(char *data, std::size_t size, std::size_t count, void *transfer) {
    auto &self = *static_cast<Transfer *>(transfer);
    if (self.response_.body.size() + size * count > self.request_.max_response_bytes) {
        self.too_large_ = true;
        return 0;
    }
    self.response_.body.append(data, size * count);
    return size * count;
}

} // namespace xueshi::transport
